package appraisal

import (
	"cmp"
	"slices"
	"strings"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"

	"github.com/govalues/decimal"
)

// Sure says how sure one unit's place is (名次有多大把握). It is no score, and no score is made from it.
//
// Source: lessons 7.6; ui 8.6.
type Sure struct {
	UnitID int64
	score.Interval
	Tier int    // by overlapping intervals, 1 is the best; 0 where the actor does not see the whole group
	Text string // 八成可能在第 2–5 位。与第 4 名城南镇差 0.5 分，小于误差，不能说明谁更好。
}

// Sureness is how sure the places of a group are, with what makes it replay: the same board, seed and draws give the same.
type Sureness struct {
	Seed  int64 // the board's number
	Draws int
	Lines map[int64]Sure // by unit; only those that the actor may see
}

// gapsOf returns by unit's name how far verification was from the report, of the year's months up to end. Only readings
// that were entered before the board (their numbers grow with time) are taken, so that a later check does not change an old board.
func gapsOf(sheets map[int64]indicator.Sheet, history map[int64][]indicator.Value, name func(int64) string, end period.Month, before int64) map[string][]score.Num {
	out := map[string][]score.Num{}
	ids := make([]int64, 0, len(history))
	for id := range history {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		sheet, ok := sheets[id]
		if !ok || sheet.Name == indicator.FindingsFound || sheet.Name == indicator.FindingsClosed {
			continue
		}
		list := slices.Clone(history[id])
		slices.SortFunc(list, func(a, b indicator.Value) int { return cmp.Compare(a.Period, b.Period) })
		for _, v := range list {
			if v.Reported == nil || v.Verified == nil || v.Period > end || v.Period.Year() != end.Year() || v.ReportedReading >= before || v.VerifiedReading >= before {
				continue
			}
			if g, ok := score.Gap(decimal.MustNew(int64(*v.Reported), 4), decimal.MustNew(int64(*v.Verified), 4)); ok {
				out[name(sheet.UnitID)] = append(out[name(sheet.UnitID)], g)
			}
		}
	}
	return out
}

// inverse says whether a row's completed value stands as its target (逆向指标).
func inverse(r score.Input) bool { return strings.HasPrefix(r.Basis, downBasis) }

// sureness turns a board's intervals, in the order of its lines, into what everybody in the office may read. It is pure.
func sureness(b Board, list []score.Interval) Sureness {
	out := Sureness{Seed: b.ID, Draws: score.Draws, Lines: map[int64]Sure{}}
	at := map[string]score.Interval{}
	for _, x := range list {
		at[x.Unit] = x
	}
	var in []score.Interval
	for _, l := range b.Lines {
		in = append(in, at[l.Unit])
	}
	tiers := score.TiersFromIntervals(in)
	for i, l := range b.Lines {
		x := in[i]
		if x.Unit == "" || x.Rank == 0 {
			continue
		}
		s := Sure{UnitID: l.UnitID, Interval: x, Tier: tiers[i], Text: place8(x)}
		if say := neighbour(in, i); say != "" {
			s.Text += say + "。"
		}
		out.Lines[l.UnitID] = s
	}
	return out
}

func place8(x score.Interval) string {
	if x.RankLow == x.RankHigh {
		return "八成以上可能就在第 " + digits(x.RankLow) + " 位。"
	}
	return "八成可能在第 " + digits(x.RankLow) + "–" + digits(x.RankHigh) + " 位。"
}

// neighbour says of the nearest unit below, or else above, that it cannot be told from this one.
func neighbour(in []score.Interval, i int) string {
	for _, k := range []int{i + 1, i - 1} {
		if k >= 0 && k < len(in) {
			if say, yes := score.CannotTell(in[i], in[k]); yes {
				return say
			}
		}
	}
	return ""
}

// alone is what a unit reads of itself while the group's scores are withheld: nobody else is named.
func (s Sure) alone(unsure bool) Sure {
	s.Tier, s.Text = 0, place8(s.Interval)
	if unsure {
		s.Text += "与相邻名次的差距小于误差，不能说明谁更好。"
	}
	return s
}
