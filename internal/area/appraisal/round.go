package appraisal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sort"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/period"
	"duban/internal/spine/ledger"
)

// Kind is the kind of a round.
type Kind string

// The kinds of round.
const (
	Monthly   Kind = "monthly"   // 月度评比
	Quarterly Kind = "quarterly" // 季度评比
	YearEnd   Kind = "year_end"  // 年终总考核
)

// State is how far a round has come. Source: domain 13.14.
type State string

// The states of a round, in their order.
const (
	Open      State = "open"      // 截数
	Trial     State = "trial"     // 试算
	Confirmed State = "confirmed" // 数据来源确认
	Reviewed  State = "reviewed"  // 初核
	Announced State = "announced" // 公示异议
	Approved  State = "approved"  // 审定
	Published State = "published" // 发布
	Locked    State = "locked"    // 归档
)

// States lists the states in order.
var States = []State{Open, Trial, Confirmed, Reviewed, Announced, Approved, Published, Locked}

// Chinese returns the state's name.
func (s State) Chinese() string {
	return map[State]string{Open: "截数", Trial: "试算", Confirmed: "数据来源确认", Reviewed: "初核", Announced: "公示异议", Approved: "审定", Published: "发布", Locked: "归档"}[s]
}

// Reached reports whether s is at or after x.
func (s State) Reached(x State) bool { return place(s) >= place(x) }

func place(s State) int {
	for i, x := range States {
		if x == s {
			return i
		}
	}
	return -1
}

// Release is what the group sees of a published round (发布口径).
type Release string

// The releases. ByTier is the default.
const (
	ByTier Release = "tier" // 只公布档次
	ByRank Release = "rank" // 公布得分和名次
)

// Round is one appraisal of a period.
type Round struct {
	ID             int64
	Kind           Kind
	Period         string // 2017Q2, 2017
	Title          string
	SchemeID       int64
	State          State
	Release        Release
	CutoffOn       string
	ObjectionUntil string // last day
	Revision       int64  // of the boards in force
	DocNo          string
	OpenedBy       int64
	ComputedBy     int64
	ConfirmedBy    int64
	ReviewedBy     int64
	ApprovedBy     int64
	ReviewNote     string
	OpenedAt       int64
	PublishedAt    int64
	Version        int64
}

// Term is the month or quarter that a round is about; not of a year's end.
func (r Round) Term() period.Term { return period.Term(r.Period) }

func (r Round) sealed() any {
	return struct {
		Kind        Kind          `json:"kind"`
		Period      string        `json:"period"`
		Title       string        `json:"title"`
		Scheme      int64         `json:"scheme,string"`
		State       State         `json:"state"`
		Release     Release       `json:"release"`
		Cutoff      string        `json:"cutoff_on"`
		Until       string        `json:"objection_until"`
		Revision    int64         `json:"revision"`
		DocNo       string        `json:"doc_no"`
		Note        string        `json:"review_note"`
		OpenedBy    ledger.Person `json:"opened_by"`
		ComputedBy  ledger.Person `json:"computed_by"`
		ConfirmedBy ledger.Person `json:"confirmed_by"`
		ReviewedBy  ledger.Person `json:"reviewed_by"`
		ApprovedBy  ledger.Person `json:"approved_by"`
	}{r.Kind, r.Period, r.Title, r.SchemeID, r.State, r.Release, r.CutoffOn, r.ObjectionUntil, r.Revision, r.DocNo, r.ReviewNote,
		ledger.Person(r.OpenedBy), ledger.Person(r.ComputedBy), ledger.Person(r.ConfirmedBy), ledger.Person(r.ReviewedBy), ledger.Person(r.ApprovedBy)}
}

// Line is one unit on a board.
type Line struct {
	UnitID     int64    `json:"unit,string"`
	Unit       string   `json:"name"`
	Total      string   `json:"total"`
	Rank       int      `json:"rank"` // Rank (名次): ties share it and the next skips; 0 is not ranked
	Tier       int      `json:"tier"` // 1 is 第一档
	Grade      string   `json:"grade"`
	Items      []Points `json:"items"`
	DataHash   string   `json:"data_hash"`
	ResultHash string   `json:"result_hash"`
}

// Points is what a unit got for an item.
type Points struct {
	Item   string `json:"item"`
	Name   string `json:"name"`
	Weight string `json:"weight"`
	Score  string `json:"score"`
	Left   bool   `json:"left_out,omitempty"` // not counted for the unit (不计): the other items are rescaled to the full marks
}

// Board is a group's standing as sealed (排名表): everything that the group may ever see of it, and the fingerprints of the rest.
type Board struct {
	ID         int64  `json:"-"`
	RoundID    int64  `json:"round,string"`
	Revision   int64  `json:"revision"`
	Period     string `json:"period"`
	Group      string `json:"group"`
	Rule       string `json:"rule"`
	SchemeHash string `json:"scheme_hash"`
	Reason     string `json:"reason"`
	Lines      []Line `json:"lines"`
	At         int64  `json:"-"`
}

// hash is the line's commitment in the ledger: with its data's and result's fingerprints in it, nobody can guess a line from it.
func (l Line) hash() string {
	b, _ := json.Marshal(l)
	return hashText(string(b))
}

// sealedBoard is what the ledger holds of a board: who stands in which tier in clear, every line as a commitment. So
// a unit's proof shows its own line and gives away nobody else's that the release withholds.
type sealedBoard struct {
	Round      int64        `json:"round,string"`
	Revision   int64        `json:"revision"`
	Period     string       `json:"period"`
	Group      string       `json:"group"`
	Rule       string       `json:"rule"`
	SchemeHash string       `json:"scheme_hash"`
	Reason     string       `json:"reason"`
	Lines      []sealedLine `json:"lines"`
}

type sealedLine struct {
	UnitID int64  `json:"unit,string"`
	Unit   string `json:"name"`
	Tier   int    `json:"tier"`
	Line   string `json:"line"` // SHA-256 of the line
}

func (b Board) sealed() sealedBoard {
	out := sealedBoard{Round: b.RoundID, Revision: b.Revision, Period: b.Period, Group: b.Group, Rule: b.Rule, SchemeHash: b.SchemeHash, Reason: b.Reason}
	for _, l := range b.Lines {
		out.Lines = append(out.Lines, sealedLine{l.UnitID, l.Unit, l.Tier, l.hash()})
	}
	sort.Slice(out.Lines, func(i, j int) bool { return out.Lines[i].Unit < out.Lines[j].Unit }) // the order must not tell the rank
	return out
}

// Sheet is a unit's own score with all that it is made of (得分单).
type Sheet struct {
	ID, BoardID, UnitID int64
	Data                []byte // canonical rows of the unit
	Result              []byte // canonical result of the unit
}

// UnitResult reads the sheet's result.
func (s Sheet) UnitResult() (u score.UnitResult, err error) { return u, json.Unmarshal(s.Result, &u) }

func hashText(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// tierCuts are the shares of a group, by rank, that make the first and the second tier. [D]
var tierCuts = [2]int{30, 70}

// tiers gives each line its tier by rank: the first 30 % of the group, up to 70 %, the rest. Ties stay together. Source: ui 0.6.
func tiers(lines []Line) {
	n := 0
	for _, l := range lines {
		if l.Rank > 0 {
			n++
		}
	}
	for i := range lines {
		switch r := lines[i].Rank; {
		case r == 0:
			lines[i].Tier = 0
		case (r-1)*100 < tierCuts[0]*n:
			lines[i].Tier = 1
		case (r-1)*100 < tierCuts[1]*n:
			lines[i].Tier = 2
		default:
			lines[i].Tier = 3
		}
	}
}

// TierName returns 第一档, 第二档, 第三档 or 不排档.
func TierName(t int) string {
	return [...]string{"不排档", "第一档", "第二档", "第三档"}[min(max(t, 0), 3)]
}

// ownRows returns each unit's own rows of a quarter's data as stable bytes.
func ownRows(d score.Data) func(unit string) []byte {
	rows := map[string][]score.Input{}
	for _, x := range d.Sorted().Rows {
		rows[x.Unit] = append(rows[x.Unit], x)
	}
	return func(unit string) []byte { return score.Data{Period: d.Period, Rows: rows[unit]}.Canonical() }
}

// boards turns a result into boards and sheets; own gives a unit's data as stable bytes, unitID its number. It is pure.
func boards(r Round, own func(unit string) []byte, res score.Result, unitID map[string]int64) (out []Board, sheets map[int64]map[int64]Sheet) {
	sheets = map[int64]map[int64]Sheet{}
	for g, group := range res.Groups {
		b := Board{RoundID: r.ID, Period: r.Period, Group: group.Group, Rule: res.Rule, SchemeHash: res.RuleHash}
		sheets[int64(g)] = map[int64]Sheet{}
		for _, u := range group.Rows {
			data := own(u.Unit)
			result, _ := json.Marshal(u)
			l := Line{UnitID: unitID[u.Unit], Unit: u.Unit, Total: u.Total.String(), Rank: u.Rank, Grade: u.Grade, DataHash: hashText(string(data)), ResultHash: hashText(string(result))}
			for _, it := range u.Items {
				l.Items = append(l.Items, Points{Item: it.Item, Name: it.Name, Weight: it.Weight, Score: it.Score.String(), Left: it.State == score.Dropped})
			}
			b.Lines = append(b.Lines, l)
			sheets[int64(g)][l.UnitID] = Sheet{UnitID: l.UnitID, Data: data, Result: result}
		}
		sort.SliceStable(b.Lines, func(i, j int) bool {
			x, y := b.Lines[i], b.Lines[j]
			if (x.Rank == 0) != (y.Rank == 0) {
				return y.Rank == 0
			}
			return x.Rank < y.Rank
		})
		tiers(b.Lines)
		out = append(out, b)
	}
	return out, sheets
}

// RankMove is how many places a unit has gained since the round before (争先进位); ok is false without one.
func RankMove(before, now []Line, unit int64) (int, bool) {
	var a, b int
	for _, l := range before {
		if l.UnitID == unit {
			a = l.Rank
		}
	}
	for _, l := range now {
		if l.UnitID == unit {
			b = l.Rank
		}
	}
	return a - b, a > 0 && b > 0
}

// Grade (等次) of a line is the scheme's, by bands or by share of the group.
func (l Line) GradeText() string { return l.Grade }

// Fingerprint is the SHA-256 of the board's sealed form (摘要), in hex: what its record in the ledger holds, taken anew.
func (b Board) Fingerprint() string {
	body, err := ledger.Canonical(b)
	if err != nil {
		return ""
	}
	return hashText(string(body))
}
