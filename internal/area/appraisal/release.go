package appraisal

import (
	"sort"

	"duban/internal/spine/ledger"
)

// Chinese returns the release as people say it.
func (r Release) Chinese() string {
	return map[Release]string{ByTier: "只公布档次", ByRank: "公布得分和名次"}[r]
}

// Rerelease is a change of what the group sees of a published round (改口径): the next version of the publication, with its reason and
// document. The publication itself is version 1; what an earlier version showed stays readable for the offices and the leaders.
//
// Source: domain 13.14 (what is put right later is a new version, the old one stays readable); ui 8.6.
type Rerelease struct {
	ID, RoundID   int64
	Number        int64 // of the version that it makes: 2, 3, …
	Was, Now      Release
	Revision      int64 // of the boards that were in force when the version before ended
	Reason, DocNo string
	DecidedBy, At int64
}

func (x Rerelease) sealed() any {
	return struct {
		Round     int64         `json:"round,string"`
		Number    int64         `json:"number"`
		Was       Release       `json:"was"`
		Now       Release       `json:"release"`
		Revision  int64         `json:"revision"`
		Reason    string        `json:"reason"`
		DocNo     string        `json:"doc_no"`
		DecidedBy ledger.Person `json:"decided_by"`
	}{x.RoundID, x.Number, x.Was, x.Now, x.Revision, x.Reason, x.DocNo, ledger.Person(x.DecidedBy)}
}

// released leaves of the boards what a release shows to everybody in the group, in an order that gives away no more. It is pure.
func released(list []Board, r Release) (out []Board) {
	for _, b := range list {
		var lines []Line
		for _, l := range b.Lines {
			lines = append(lines, l.released(r))
		}
		b.Lines, b.Reason = byRelease(lines, r), outside(b.Reason)
		out = append(out, b)
	}
	return out
}

// released is what a release shows of a line to the others.
func (l Line) released(r Release) Line {
	if r == ByTier {
		return Line{UnitID: l.UnitID, Unit: l.Unit, Tier: l.Tier}
	}
	l.DataHash, l.ResultHash = "", ""
	return l
}

// byRelease orders lines: an order by rank would give away what a release by tier withholds.
func byRelease(lines []Line, r Release) []Line {
	if r == ByTier {
		sort.SliceStable(lines, func(i, j int) bool {
			if lines[i].Tier != lines[j].Tier {
				return lines[i].Tier < lines[j].Tier
			}
			return lines[i].UnitID < lines[j].UnitID
		})
	}
	return lines
}
