package appraisal

import (
	"encoding/json"
	"fmt"
	"slices"

	"duban/internal/area/appraisal/score"
	"duban/internal/spine/ledger"
)

// BundleKind is the kind of payload that a proof of a score carries (得分证明).
const BundleKind = "appraisal.score"

// Bundle is what a proof of scores carries beside the ledger's entries: enough to score the units in it once more, with no database.
// A unit's bundle holds its own rows in full; of the others the single values that a comparing rule needs,
// and their lines where the release shows them. An office's bundle holds everything.
type Bundle struct {
	Board  string        `json:"board"` // ledger subject: appraisal.board:17
	Period string        `json:"period"`
	Group  string        `json:"group"`
	Scheme string        `json:"scheme"` // YAML
	Lines  []Line        `json:"lines"`  // in clear
	Sheets []BoundSheet  `json:"sheets"`
	Others []score.Input `json:"others,omitempty"` // values of other units, without their sources
}

// BoundSheet is a unit's score sheet in a bundle: its sealed bytes.
type BoundSheet struct {
	Unit   string `json:"unit"`
	Data   string `json:"data"`
	Result string `json:"result"`
}

// CheckBundle scores the units of a bundle once more and compares: the scheme, the data, the result, the line and the rank with
// what the ledger sealed. It returns a sentence for every difference. ledger.VerifyBundle calls it after it has proved the entries.
func CheckBundle(payload json.RawMessage, entries []ledger.Entry) (bad []string) {
	var b Bundle
	if err := json.Unmarshal(payload, &b); err != nil {
		return []string{"得分证明的内容读不出来：" + err.Error()}
	}
	var sealed *sealedBoard
	for _, e := range entries {
		if e.Subject.String() == b.Board && len(e.Row) > 0 {
			sealed = new(sealedBoard)
			if err := json.Unmarshal(e.Row, sealed); err != nil {
				return []string{"台账记录里的排名表读不出来：" + err.Error()}
			}
		}
	}
	if sealed == nil {
		return []string{"证明里没有这张排名表的台账记录"}
	}
	if hashText(b.Scheme) != sealed.SchemeHash {
		bad = append(bad, "考核办法与台账封存的不是同一份")
	}
	scheme, err := score.Parse([]byte(b.Scheme))
	if err != nil {
		return append(bad, "考核办法读不出来："+err.Error())
	}
	lines := map[string]Line{}
	for _, l := range b.Lines {
		lines[l.Unit] = l
		i := slices.IndexFunc(sealed.Lines, func(x sealedLine) bool { return x.Unit == l.Unit })
		if i < 0 || sealed.Lines[i].Line != l.hash() || sealed.Lines[i].Tier != l.Tier {
			bad = append(bad, fmt.Sprintf("%s的得分、名次或档次与台账封存的不一致", l.Unit))
		}
	}
	if len(b.Lines) == len(sealed.Lines) { // everybody's line is here: the ranks follow from the totals
		bad = append(bad, wrongRanks(b.Lines)...)
	}
	data := score.Data{Period: b.Period, Rows: slices.Clone(b.Others)}
	results := map[string]score.UnitResult{}
	year, yearly := len(b.Period) == 4, []Sheet(nil) // a year's sheet holds the totals of its quarters
	for _, s := range b.Sheets {
		l, ok := lines[s.Unit]
		if !ok {
			bad = append(bad, s.Unit+"的得分单没有对应的得分")
			continue
		}
		if hashText(s.Data) != l.DataHash {
			bad = append(bad, s.Unit+"的计分数据与封存时的指纹不一致")
		}
		if hashText(s.Result) != l.ResultHash {
			bad = append(bad, s.Unit+"的得分单与封存时的指纹不一致")
		}
		if year {
			yearly = append(yearly, Sheet{Data: []byte(s.Data)})
		} else if own, err := score.ParseData([]byte(s.Data)); err != nil {
			bad = append(bad, s.Unit+"的计分数据读不出来："+err.Error())
			continue
		} else {
			data.Rows = append(data.Rows, own.Rows...)
		}
		var u score.UnitResult
		if err := json.Unmarshal([]byte(s.Result), &u); err != nil {
			bad = append(bad, s.Unit+"的得分单读不出来："+err.Error())
			continue
		}
		results[s.Unit] = u
	}
	var again score.Result
	if year {
		if again, err = againYear(scheme, b.Period, yearly); err != nil {
			return append(bad, err.Error())
		}
	} else {
		again = score.Compute(scheme, data)
	}
	for unit, u := range results {
		l, now := lines[unit], again.Find(unit)
		if now == nil {
			bad = append(bad, unit+"重算不出得分")
			continue
		}
		if now.Total.Cmp(u.Total) != 0 || now.Total.String() != l.Total {
			bad = append(bad, fmt.Sprintf("%s重算总分为 %s，发布的是 %s", unit, now.Total, l.Total))
		}
		for _, it := range u.Items {
			if x := now.Item(it.Item); x == nil || x.Score.Cmp(it.Score) != 0 {
				got := "无"
				if x != nil {
					got = x.Score.String()
				}
				bad = append(bad, fmt.Sprintf("%s“%s”重算得 %s 分，得分单是 %s 分", unit, it.Name, got, it.Score))
			}
		}
		for _, p := range l.Items {
			if x := u.Item(p.Item); x == nil || x.Score.String() != p.Score {
				bad = append(bad, fmt.Sprintf("%s“%s”在排名表上是 %s 分，与得分单不同", unit, p.Name, p.Score))
			}
		}
	}
	slices.Sort(bad)
	return bad
}

// wrongRanks ranks the lines anew by their totals, ties sharing a rank and the next skipping.
func wrongRanks(lines []Line) (bad []string) {
	for _, l := range lines {
		if l.Rank == 0 {
			continue
		}
		mine := parse(l.Total).Decimal
		rank := 1
		for _, x := range lines {
			if x.Rank > 0 && parse(x.Total).Decimal.Cmp(mine) > 0 {
				rank++
			}
		}
		if rank != l.Rank {
			bad = append(bad, fmt.Sprintf("%s按总分应排第 %d，排名表上是第 %d", l.Unit, rank, l.Rank))
		}
	}
	return bad
}
