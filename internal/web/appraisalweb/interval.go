package appraisalweb

import (
	"net/http"
	"strconv"

	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/base/errs"
	"duban/internal/base/id"
)

// when is a round's period as people say it: 2017年二季度, 2017年度.
func when(r appraisal.Round) string {
	if r.Kind == appraisal.YearEnd {
		return r.Period + "年度"
	}
	return r.Term().Chinese()
}

// withSure puts the intervals of the board shown beside its lines and stretches the scale to them.
func (v *roundView) withSure(all map[int64]appraisal.Sureness) {
	if v.Board == nil {
		return
	}
	s := all[v.Board.ID]
	v.Sure, v.Seed, v.Draws = s.Lines, s.Seed, s.Draws
	v.scale()
}

// scale fits the axis of the dots to the totals and their intervals.
func (v *roundView) scale() {
	lo, hi, n := 0.0, 0.0, 0
	see := func(s string) {
		t := number(s)
		if n == 0 || t < lo {
			lo = t
		}
		if n == 0 || t > hi {
			hi = t
		}
		n++
	}
	lines := 0
	for _, l := range v.Board.Lines {
		if l.Total == "" {
			continue
		}
		lines++
		see(l.Total)
		if s, ok := v.Sure[l.UnitID]; ok {
			see(s.Low.String())
			see(s.High.String())
		}
	}
	v.Scored = lines > 1 || len(v.Sure) > 0
	step := 5.0
	for (hi-lo)/step > 6 {
		step *= 2
	}
	first := int(lo/step) - 1
	if lo < 0 {
		first--
	}
	v.From, v.To, v.Ticks = float64(first)*step+step/2, (float64(int(hi/step))+1)*step, nil
	for t := float64(first+1) * step; t < v.To; t += step {
		v.Ticks = append(v.Ticks, t)
	}
}

// possible is the range of places of a unit: 2–5 位; "" where it is not known or not to be seen.
func (v roundView) possible(unit int64) string {
	s, ok := v.Sure[unit]
	if !ok {
		return ""
	}
	if s.RankLow == s.RankHigh {
		return strconv.Itoa(s.RankLow) + " 位"
	}
	return strconv.Itoa(s.RankLow) + "–" + strconv.Itoa(s.RankHigh) + " 位"
}

// dot is the label of a unit's place on the scale.
func (v roundView) low(l appraisal.Line) (lo, hi float64, label string) {
	t := number(l.Total)
	if s, ok := v.Sure[l.UnitID]; ok {
		return number(s.Low.String()), number(s.High.String()), l.Unit + " " + l.Total + " 分，八成可能在 " + s.Low.String() + " 到 " + s.High.String() + " 分"
	}
	return t, t, l.Unit + " " + l.Total + " 分"
}

// blur says of a tier that its places mean little: the intervals of all its units reach into one another.
func (v roundView) blur(i int) string {
	n := 0
	first := -1
	for _, l := range v.Board.Lines[i:] {
		if l.Tier != v.Board.Lines[i].Tier {
			break
		}
		s, ok := v.Sure[l.UnitID]
		if !ok || s.Tier == 0 || first >= 0 && s.Tier != first {
			return ""
		}
		first = s.Tier
		n++
	}
	if n < 2 {
		return ""
	}
	return "区间互相重叠，名次先后差别不大"
}

// varied says which weights are varied.
func (v roundView) varied() string {
	if v.Round.Kind == appraisal.YearEnd {
		return "各期所占的比重、各期里各项分值上下浮动 20%"
	}
	return "各项分值上下浮动 20%"
}

// apart tells where the group falls apart by its intervals: 第 1–5 名、第 6–12 名 …
func (v roundView) apart() string {
	var out string
	var from, to, tier int
	flush := func() {
		if tier == 0 {
			return
		}
		if out != "" {
			out += "，"
		}
		out += "第 " + strconv.Itoa(from)
		if to != from {
			out += "–" + strconv.Itoa(to)
		}
		out += " 名"
	}
	for _, l := range v.Board.Lines {
		s, ok := v.Sure[l.UnitID]
		if !ok || s.Tier == 0 {
			continue
		}
		if s.Tier != tier {
			flush()
			tier, from = s.Tier, s.Rank
		}
		to = s.Rank
	}
	flush()
	return out
}

// guessView is the form of a what-if in the drawer, as typed, and its answer.
type guessView struct {
	Source, Value string
	Guess         *appraisal.Guess
	Err           error
}

// guess answers the what-if that the address asks for.
func (p *Pages) guess(r *http.Request, round, unit int64) (g guessView, err error) {
	q := r.URL.Query()
	g.Source, g.Value = q.Get("what"), q.Get("value")
	if g.Source == "" && g.Value == "" {
		return g, nil
	}
	x, err := p.Rounds.WhatIf(r.Context(), round, unit, g.Source, g.Value)
	switch {
	case err == nil:
		g.Guess = &x
	case errs.KindOf(err) == errs.Invalid || errs.KindOf(err) == errs.Conflict:
		g.Err = err
	default:
		return g, err
	}
	return g, nil
}

// guessable says whether the drawer offers the what-if: a quarter, with rows that can be chosen.
func (d detailView) guessable() bool {
	if d.Round.Kind == appraisal.YearEnd || !d.Own && !d.Full || d.Board.Revision != d.Round.Revision {
		return false
	}
	return len(d.rowsWithSource()) > 0
}

func (d detailView) rowsWithSource() (out []score.Input) {
	for _, x := range d.Data.Rows {
		if x.Source != "" && x.Value.Valid && x.Event == "" && !x.Exempt {
			out = append(out, x)
		}
	}
	return out
}

// answer is what a what-if comes to, in a sentence.
func (d detailView) answer(g appraisal.Guess) string {
	s := d.rowName(g.Source) + "由 " + g.Was + " 改为 " + g.Now + "，总分由 " + g.Before + " 到 " + g.After + " 分"
	if g.Item != "" {
		s += "（" + g.Item + " " + g.ItemOld + " → " + g.ItemAfter + "）"
	}
	if g.NewRank > 0 && g.NewRank != g.OldRank {
		s += "，名次由第 " + strconv.Itoa(g.OldRank) + " 到第 " + strconv.Itoa(g.NewRank)
	}
	return s + "。"
}

func (d detailView) href() string {
	return "/appraisal/" + id.Format(d.Round.ID)
}
