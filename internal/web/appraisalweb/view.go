package appraisalweb

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"duban/internal/area/appraisal"
	"duban/internal/area/appraisal/score"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/auth"
	"duban/internal/spine/burden"
	"duban/internal/spine/org"
	"duban/internal/web/ui"
	"duban/internal/web/viz"

	"github.com/govalues/decimal"
)

type roundsView struct {
	Rounds  []appraisal.Round
	Schemes map[int64]appraisal.Scheme
	Options []ui.Option
	Form    opening
	May     bool
	Err     error
}

// roundView is a round ready to be drawn.
type roundView struct {
	appraisal.View
	Who      auth.Actor
	Dir      *org.Directory
	Today    string
	Board    *appraisal.Board // the group shown; nil before the first computation
	Open     int64
	Scored   bool // more than the own total may be seen: the dots are drawn
	From, To float64
	Ticks    []float64
	Typed    typed
	Err      error

	Sure     map[int64]appraisal.Sure // by unit, as far as the actor may see
	Loads    map[int64]burden.Load    // what was asked of each unit in the quarter, as far as the actor may see
	Seed     int64                    // of the draws: the board's number
	Draws    int
	Gains    appraisal.Gains
	Repeats  []appraisal.Repeat
	Flags    appraisal.Flags // of a published round, as far as the actor may see them
	TwoYears bool            // the year before was appraised here
	Spots    appraisal.Spots // what was drawn for the first review, while it is on; for the offices
}

func newRoundView(v appraisal.View, who auth.Actor, d *org.Directory, today, group string, open int64) roundView {
	x := roundView{View: v, Who: who, Dir: d, Today: today, Open: open}
	best := 0
	for i := range v.Boards { // the group asked for, else that of the open unit, else the own one, else the largest
		b := &v.Boards[i]
		n := len(b.Lines)
		for _, l := range b.Lines {
			if l.UnitID == open {
				n += 1 << 20
			} else if who.InUnit(l.UnitID) {
				n += 1 << 10
			}
		}
		if b.Group == group {
			n += 1 << 30
		}
		if n > best {
			x.Board, best = b, n
		}
	}
	if x.Board == nil {
		return x
	}
	x.scale()
	return x
}

// dataView is the rows of a round as they were collected.
type dataView struct {
	Round   appraisal.Round
	Rows    []score.Input // of the page
	Kind    string
	From    int
	Of, All int // rows of the kind, and of all kinds
	Counts  map[string]int
	Names   map[int64]string
}

// dataRows is how many rows of a round's data stand on a page.
const dataRows = 40

func (v dataView) href(kind string, from int) string {
	q := url.Values{}
	if kind != "" {
		q.Set("kind", kind)
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	path := "/appraisal/" + id.Format(v.Round.ID) + "/data"
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

func (v dataView) pager() ui.Pager {
	p := ui.Pager{Total: int64(v.Of), From: int64(v.From + 1), To: int64(v.From + len(v.Rows)), Unit: "个数"}
	if v.From > 0 {
		p.Prev = v.href(v.Kind, max(v.From-dataRows, 0))
	}
	if v.From+dataRows < v.Of {
		p.Next = v.href(v.Kind, v.From+dataRows)
	}
	return p
}

func (v dataView) chips() []ui.Chip {
	out := []ui.Chip{{Label: "全部", Count: v.All, Href: v.href("", 0), On: v.Kind == ""}}
	for _, k := range []score.Kind{score.Reported, score.Verified, score.Certified} {
		out = append(out, ui.Chip{Label: string(k), Count: v.Counts[string(k)], Href: v.href(string(k), 0), On: v.Kind == string(k)})
	}
	return out
}

func plain(d decimal.NullDecimal) string {
	if !d.Valid {
		return ""
	}
	return d.Decimal.String()
}

// number reads a decimal as a position on paper; no score is computed from it.
func number(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

func (v roundView) href(change ...string) string {
	q := []string{}
	add := func(k, x string) {
		for i := 0; i+1 < len(change); i += 2 {
			if change[i] == k {
				x = change[i+1]
			}
		}
		if x != "" {
			q = append(q, k+"="+x)
		}
	}
	group, rev := "", ""
	if v.Board != nil && len(v.Boards) > 1 {
		group = v.Board.Group
	}
	if v.Revision != v.Round.Revision {
		rev = strconv.FormatInt(v.Revision, 10)
	}
	add("group", group)
	add("rev", rev)
	add("open", "")
	return "/appraisal/" + id.Format(v.Round.ID) + "?" + strings.Join(q, "&")
}

// columns are the items that get a column of their own: the first ones, as many as fit.
func (v roundView) columns() []appraisal.Points {
	n := 4
	if v.Open != 0 {
		n = 2
	}
	if v.Board == nil {
		return nil
	}
	for _, l := range v.Board.Lines {
		if len(l.Items) > 0 {
			var out []appraisal.Points
			for _, it := range l.Items {
				if it.Weight != "0" && len(out) < n {
					out = append(out, it)
				}
			}
			return out
		}
	}
	return nil
}

func points(l appraisal.Line, item string) string {
	for _, it := range l.Items {
		if it.Item == item && it.Left {
			return "不计"
		}
		if it.Item == item {
			return it.Score
		}
	}
	return ""
}

// steps are the course of a round with the days that are known.
func (v roundView) steps() []ui.Step {
	var out []ui.Step
	r := v.Round
	for _, s := range appraisal.States {
		x := ui.Step{Label: s.Chinese(), Done: r.State.Reached(s) && r.State != s || r.State == appraisal.Locked, Now: r.State == s && s != appraisal.Locked}
		switch s {
		case appraisal.Open:
			x.Note = r.CutoffOn
		case appraisal.Trial:
			if len(v.Revisions) > 0 {
				x.Note = day(v.Revisions[0].At)
			}
		case appraisal.Announced:
			if r.ObjectionUntil != "" {
				x.Note = "到 " + r.ObjectionUntil
			}
		case appraisal.Published:
			x.Note = day(r.PublishedAt)
		}
		if len(x.Note) > 5 {
			x.Note = strings.ReplaceAll(x.Note, r.CutoffOn[:4]+"-", "")
		}
		out = append(out, x)
	}
	return out
}

func (v roundView) filed() (n int) {
	for _, o := range v.Objections {
		if o.State == appraisal.Filed {
			n++
		}
	}
	return n
}

// standing is the word beside a unit (情况).
func (v roundView) standing(unit int64) (text string, tone ui.Tone) {
	for _, o := range v.Objections {
		if o.UnitID != unit {
			continue
		}
		switch o.State {
		case appraisal.Filed:
			return "异议中", ui.Info
		case appraisal.Upheld:
			text, tone = "数据更正", ui.Warn
		}
	}
	if text == "" {
		for _, f := range v.Flags.Issued {
			if f.UnitID == unit {
				return f.Colour.Chinese(), flagTone(f.Colour)
			}
		}
	}
	if text == "" && v.Full && !v.Round.State.Reached(appraisal.Announced) {
		for _, m := range v.Remarks {
			if m.UnitID == unit {
				return "有自评说明", ui.Plain
			}
		}
	}
	return text, tone
}

// next is the one thing to do now, for whoever may do it.
type next struct {
	Act, Label, Say string
	Form            string // note, doc_no or ""
	Again           bool   // the trial may be computed again
}

func (v roundView) next() (n next) {
	r, who := v.Round, v.Who
	run := who.May(appraisal.MayRun)
	switch r.State {
	case appraisal.Open:
		n.Say = "按已定稿的办法，从任务台账、核验和已确认的加扣分取数计分。没有手工填的分。"
		if r.Kind == appraisal.YearEnd {
			n.Say = "按已定稿的办法，由各期已发布的得分汇总。没有另外打的分。"
		}
		if run {
			n.Act, n.Label = "compute", "试算"
		}
	case appraisal.Trial:
		n.Say = "等数据来源单位确认取数无误。数据有变化可以再算一次，每次都留痕。"
		n.Again = run
		switch {
		case who.May(appraisal.MayConfirm) && who.ID == r.ComputedBy:
			n.Say = "试算是您做的，数据要由别人确认。"
		case who.May(appraisal.MayConfirm):
			n.Act, n.Label, n.Say = "confirm", "确认数据来源", "确认后取数固定，各单位可以看到自己的试算得分。"
		}
	case appraisal.Confirmed:
		n.Say = "各单位可写自评说明。由没有参加试算的人抽查数据、初核。"
		open := v.Spots.Open()
		if k := len(v.Spots.List); k > 0 {
			n.Say = fmt.Sprintf("程序抽了 %d 个数，已核对 %d 个。都核对完，由没有参加试算的人初核。", k, k-open)
		}
		switch {
		case open > 0:
		case run && who.ID == r.ComputedBy:
			n.Say = "试算是您做的，初核要由考核办的另一个人做。"
		case run:
			n.Act, n.Label, n.Form = "review", "初核通过", "note"
		}
	case appraisal.Reviewed:
		n.Say = "公示后，每个单位收到自己的得分单，5 个工作日内可以提出异议。"
		if run {
			n.Act, n.Label = "announce", "公示并书面告知"
		}
	case appraisal.Announced:
		switch open := v.filed(); {
		case v.Today <= r.ObjectionUntil && !v.Full:
			n.Say = "异议期到 " + r.ObjectionUntil + "。请点开本单位核对每一分；有异议的，在得分里提出。"
		case v.Today <= r.ObjectionUntil:
			n.Say = "异议期到 " + r.ObjectionUntil + "，结束后由区领导审定。"
		case open > 0 && v.Full:
			n.Say = "还有 " + strconv.Itoa(open) + " 件异议没有复核，复核完再审定。"
		case who.May(appraisal.MayApprove):
			n.Act, n.Label, n.Say = "approve", "审定", "异议期已结束，异议都已复核。"
		default:
			n.Say = "异议期已结束，等区领导审定。"
		}
	case appraisal.Approved:
		n.Say = "已审定，等考核办按发布口径发布。"
		if run {
			n.Act, n.Label, n.Form, n.Say = "publish", "发布", "doc_no", "发布后，同组单位按发布口径看到结果。"
		}
	case appraisal.Published:
		n.Say = "已发布，文号 " + r.DocNo + "。"
		if run {
			n.Act, n.Label, n.Say = "lock", "归档", "归档后要改，只能由区领导更正，另成一版，旧版留着。"+n.Say
		}
	case appraisal.Locked:
		n.Say = "已归档，文号 " + r.DocNo + "。"
	}
	return n
}

// collected says whether the actor may look at the rows as collected.
func (v roundView) drawn() bool {
	return v.Full && v.Round.Kind != appraisal.YearEnd && v.Round.State.Reached(appraisal.Confirmed)
}

func (v roundView) collected() bool {
	return v.Round.Kind != appraisal.YearEnd && v.Round.Revision > 0 && (v.Full || v.Who.May(appraisal.MayConfirm))
}

func (v roundView) release() (head, text string) {
	if v.Round.Release == appraisal.ByRank {
		return "发布口径：公布得分和名次", "发布后同组单位互相可见。"
	}
	return "发布口径：只公布档次", "得分和名次只有本单位、考核办和区领导可见。"
}

// rerelease is the word that leads to the versions of the publication; "" leads nowhere.
func (v roundView) rerelease() string {
	switch {
	case rereleasable(v.View, v.Who):
		return "改口径"
	case len(v.Releases) > 0:
		return "改过 " + strconv.Itoa(len(v.Releases)) + " 次，看各版"
	}
	return ""
}

func (v roundView) tag() (string, ui.Tone) {
	r := v.Round
	switch r.State {
	case appraisal.Announced:
		if v.Today <= r.ObjectionUntil {
			return "公示中，" + strings.TrimPrefix(r.ObjectionUntil, r.CutoffOn[:4]+"-") + " 结束", ui.Info
		}
		return "公示已结束，待审定", ui.Info
	case appraisal.Published, appraisal.Locked:
		return "已" + r.State.Chinese(), ui.Good
	}
	return r.State.Chinese(), ui.Plain
}

// detailView is a unit's score ready to be drawn.
type detailView struct {
	appraisal.Detail
	Scheme     appraisal.Scheme
	Objections []appraisal.Objection
	Remark     string
	Names      map[int64]string // of tasks
	Own, Full  bool
	MayObject  bool
	MayRemark  bool
	Provable   bool
	MayCorrect bool
	Guess      guessView
	All        bool // every item lies open: for paper
}

var decisionNo = regexp.MustCompile(`复核决定 \d+`)

// basis is what a value rests on, without the numbers that only machines read.
func basis(s string) string { return decisionNo.ReplaceAllString(s, "复核决定") }

func (v detailView) path(tail string) string {
	return "/appraisal/" + id.Format(v.Round.ID) + tail
}

func (v detailView) place() string {
	s := appraisal.TierName(v.Line.Tier)
	if v.Line.Rank > 0 {
		s = "第 " + strconv.Itoa(v.Line.Rank) + " 名，" + s
	}
	return s
}

// bar draws the points of an item against its weight.
func bar(name, scored, weight string) viz.SVG {
	w := number(weight)
	return viz.Bullet{Value: number(scored), Plan: w, Max: w, Width: 90, Label: name + " " + scored + " 分，满分 " + weight}.Draw()
}

// source tells where an input comes from, and the page that shows it if there is one.
func source(s string) (href, label string) {
	kind, rest, _ := strings.Cut(s, ":")
	n, at, _ := strings.Cut(rest, "@")
	if m := period.Month(at); m.Valid() {
		at = m.Chinese()
	} else if q := period.Quarter(at); q.Valid() {
		at = q.Chinese()
	}
	switch kind {
	case "task":
		return "/tasks/" + n, "任务台账 " + at
	case "indicator":
		return "", "指标台账 " + at
	case "verified":
		return "", "督查核验 " + at
	case "findings":
		return "", "督查整改 " + at
	case "lead":
		return "", "本季与上季进度差"
	case "event":
		return "", "加扣分记录"
	}
	return "", s
}

type objectionsView struct {
	appraisal.View
	Who    auth.Actor
	Dir    *org.Directory
	Items  map[string]string
	May    bool
	Open   *appraisal.Objection
	Take   *appraisal.Objection // the own unit's, that is about to be taken back
	Recuse string
	Detail detailView
	Form   deciding
	Err    error
}

func (v objectionsView) item(o appraisal.Objection) string {
	if o.Item == "" {
		return "整个得分"
	}
	if n := v.Items[o.Item]; n != "" {
		return n
	}
	return o.Item
}

func (v objectionsView) sources() (out []ui.Option) {
	for _, x := range v.Detail.Data.Rows {
		if x.Source != "" {
			out = append(out, ui.Option{Value: x.Source, Label: v.Detail.inputName(x)})
		}
	}
	return out
}

func (v detailView) items() (out []ui.Option) {
	out = append(out, ui.Option{Value: whole, Label: "整个得分"})
	for _, it := range v.Result.Items {
		out = append(out, ui.Option{Value: it.Item, Label: it.Name + "　" + it.Score.String() + " 分"})
	}
	return out
}

func tone(s appraisal.ObjectionState) ui.Tone {
	return map[appraisal.ObjectionState]ui.Tone{appraisal.Filed: ui.Info, appraisal.Upheld: ui.Warn}[s]
}

// takes says whether the actor may take an objection back.
func (v objectionsView) takes(o appraisal.Objection) bool {
	return v.Who.May(appraisal.MayObject) && v.Who.UnitID == o.UnitID && o.State == appraisal.Filed
}
