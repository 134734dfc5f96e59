package supervision

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"duban/internal/spine/indicator"
	"duban/internal/spine/task"

	"duban/internal/base/amount"
)

// Candidate is a task that may be drawn, with what its risk is judged by. It is kept with the draw, so that the sample can be drawn again.
type Candidate struct {
	TaskID     int64      `json:"task,string"`
	UnitID     int64      `json:"unit,string"`
	Light      task.Light `json:"light"`
	Behind     int64      `json:"behind_x100"`  // points ×100 behind the pace; 0 if not behind
	Gap        int64      `json:"gap_x100"`     // largest reported − verified of the last six months, points ×100, either way
	Late       int64      `json:"late"`         // late or missing accounts in the last six months
	SinceCheck int64      `json:"since_months"` // months since the last check; −1: never
	Weight     int64      `json:"weight_x100"`  // of the task in its book
}

// How a task came into the sample.
const (
	ByRisk   = "risk"   // 按风险
	ByChance = "chance" // 随机
)

// Drawn is a task in the sample.
type Drawn struct {
	TaskID, UnitID int64
	Place          int64  // 1, 2, 3, …: first by risk, then by chance
	How            string // ByRisk or ByChance
	Score          int64  // ×100
	Why            string // the parts of the score in words
}

// chanceShare is the part of a sample that is drawn without regard to risk, in percent: nobody may know that he will not be looked at. [D]
const chanceShare = 30

// score adds up the risk of a task, in points ×100, and says of what. It is pure. The weights are ours [D]:
// red or missing 40, amber 20 · 1 per point behind, at most 30 · 2 per point between reported and verified, at most 30 ·
// 5 per late or missing account, at most 15 · 2 per month since the last check, at most 20, never checked 20 · 1 per point of weight, at most 10.
// Source: lessons 7.2 (sampling plan), domain 16.2 (已查过).
func (c Candidate) score() (total int64, why string) {
	var parts []string
	add := func(points, most int64, label string) {
		points = min(points, most)
		if points <= 0 {
			return
		}
		total += points
		parts = append(parts, label+" +"+indicator.Number(amount.Scaled(points*100)))
	}
	switch c.Light {
	case task.Red, task.Missing:
		add(4000, 4000, c.Light.Chinese())
	case task.Amber:
		add(2000, 2000, c.Light.Chinese())
	}
	pts := func(x int64) string { return indicator.Number(amount.Scaled(x * 100)) }
	add(c.Behind, 3000, "落后 "+pts(c.Behind)+" 点")
	add(2*c.Gap, 3000, "自报与核验曾差 "+pts(c.Gap)+" 点")
	add(500*c.Late, 1500, fmt.Sprintf("迟报缺报 %d 次", c.Late))
	if c.SinceCheck < 0 {
		add(2000, 2000, "没有查过")
	} else {
		add(200*c.SinceCheck, 2000, fmt.Sprintf("%d 个月没查", c.SinceCheck))
	}
	add(c.Weight, 1000, "分值 "+pts(c.Weight))
	return total, strings.Join(parts, "，")
}

// lot returns the place of a task in the lottery of a seed: the first 8 bytes of SHA-256(seed ":" task id).
// It depends on nothing that a new version of Go could change.
func lot(seed string, taskID int64) uint64 {
	h := sha256.Sum256([]byte(seed + ":" + strconv.FormatInt(taskID, 10)))
	return binary.BigEndian.Uint64(h[:8])
}

// draw chooses size tasks: 70 in 100 by the highest risk, ties by lot, the rest by lot among all that are left. It is pure: the same
// candidates, in any order, with the same size and seed always give the same sample.
func draw(candidates []Candidate, size int, seed string) []Drawn {
	type entry struct {
		Drawn
		lot uint64
	}
	list := make([]entry, 0, len(candidates))
	for _, c := range candidates {
		e := entry{Drawn{TaskID: c.TaskID, UnitID: c.UnitID}, lot(seed, c.TaskID)}
		e.Score, e.Why = c.score()
		list = append(list, e)
	}
	less := func(a, b entry) bool {
		if a.lot != b.lot {
			return a.lot < b.lot
		}
		return a.TaskID < b.TaskID
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].Score != list[j].Score {
			return list[i].Score > list[j].Score
		}
		return less(list[i], list[j])
	})
	size = min(size, len(list))
	byChance := (size*chanceShare + 99) / 100
	if size == 1 {
		byChance = 0
	}
	byRisk := size - byChance
	rest := list[byRisk:]
	sort.Slice(rest, func(i, j int) bool { return less(rest[i], rest[j]) })
	out := make([]Drawn, 0, size)
	for i, e := range list[:size] {
		e.Place, e.How = int64(i+1), ByRisk
		if i >= byRisk {
			e.How = ByChance
		}
		out = append(out, e.Drawn)
	}
	return out
}

// Draw is a drawing as it is kept (抽样): what it was drawn from, how many, by which seed.
type Draw struct {
	ID, TourID int64
	Seed       string
	Size       int64
	Candidates []Candidate
	At         int64
}

func (d Draw) sealed() any {
	return map[string]any{"tour": strconv.FormatInt(d.TourID, 10), "seed": d.Seed, "size": d.Size, "candidates": d.Candidates, "at": d.At}
}
