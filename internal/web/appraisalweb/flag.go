package appraisalweb

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"duban/internal/area/appraisal"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/office/gb9704"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/paper"
	"duban/internal/web/route"
	"duban/internal/web/ui"

	"github.com/govalues/decimal"
)

// flagsView is the red and yellow flags of a round.
type flagsView struct {
	appraisal.Flags
	View appraisal.View
	Dir  *org.Directory
	May  bool // the actor may issue them
	Who  auth.Actor
	Form issuing
	Err  error
}

// issuing is the form that issues the flags, as typed.
type issuing struct{ DocNo, Occasion string }

func (p *Pages) readFlags(r *http.Request) (v flagsView, err error) {
	n := id.Parse(r.PathValue("id"))
	if v.Flags, err = p.Rounds.FlagsOf(r.Context(), n); err != nil {
		return v, err
	}
	if v.View, err = p.Rounds.ShowAt(r.Context(), n, 0); err != nil {
		return v, err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return v, err
	}
	v.Who, _ = auth.From(r.Context())
	v.May = v.Who.May(appraisal.MayApprove) && v.Ruled && len(v.Due) > 0 && v.Who.ID != v.Flags.Round.ComputedBy
	return v, nil
}

func (p *Pages) flags(w http.ResponseWriter, r *http.Request) error {
	return p.showFlags(w, r, issuing{}, nil)
}

func (p *Pages) showFlags(w http.ResponseWriter, r *http.Request, form issuing, refused error) error {
	v, err := p.readFlags(r)
	if err != nil {
		return err
	}
	v.Form, v.Err = form, refused
	f := p.frame(r, v.Flags.Round, "红旗黄旗")
	if len(v.Issued) > 0 {
		f.Actions = flagActions(v)
	}
	ui.Render(w, r, ui.Status(refused), flagsPage(f, v))
	return nil
}

func (p *Pages) issueFlags(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "doc_no", "occasion")
	if err != nil {
		return err
	}
	form := issuing{v.Get("doc_no"), v.Get("occasion")}
	n := id.Parse(r.PathValue("id"))
	if _, err := p.Rounds.IssueFlags(r.Context(), ui.RequestKey(r), n, ui.RowVersion(r), form.DocNo, form.Occasion); err != nil {
		return p.again(err, func() error { return p.showFlags(w, r, form, err) })
	}
	route.SetFlash(w, r, "红旗黄旗已发，黄旗单位已收到表态发言的待办", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"/flags")
	return nil
}

// of returns the flags of a colour.
func of(list []appraisal.Flag, c appraisal.Colour) (out []appraisal.Flag) {
	for _, f := range list {
		if f.Colour == c {
			out = append(out, f)
		}
	}
	return out
}

// organ is who issues: the region and the office that runs the round.
func (v flagsView) organ() string {
	unit := "考核办公室"
	if x := v.Dir.Person(v.Flags.Round.OpenedBy); x != nil {
		unit = v.Dir.UnitName(x.UnitID)
		if u := v.Dir.Unit(x.UnitID); u != nil {
			unit = u.Name
		}
	}
	for _, level := range []string{"区", "县", "市"} {
		unit = strings.TrimPrefix(unit, level)
	}
	region := v.Dir.Region.Name // 宁德市蕉城区 signs as 蕉城区: the red head stays on one line
	if _, rest, ok := strings.Cut(region, "市"); ok && rest != "" {
		region = rest
	}
	return region + unit
}

// named lists the units of a colour by group: 镇街组：九都镇、八都镇。 Scores stand beside where they are released.
func (v flagsView) named(c appraisal.Colour) (out []string) {
	by := map[string][]string{}
	var order []string
	list := of(v.Issued, c)
	if v.Flags.Round.Release == appraisal.ByTier { // an order by rank would give away what the release withholds
		at := map[int64]int{}
		for i, u := range v.Dir.Units {
			at[u.ID] = i
		}
		slices.SortStableFunc(list, func(a, b appraisal.Flag) int {
			return cmp.Or(strings.Compare(a.Group, b.Group), at[a.UnitID]-at[b.UnitID])
		})
	}
	for _, f := range list {
		if by[f.Group] == nil {
			order = append(order, f.Group)
		}
		name := f.Unit
		if v.Flags.Round.Release == appraisal.ByRank {
			for _, b := range v.View.Boards {
				for _, l := range b.Lines {
					if l.UnitID == f.UnitID && l.Total != "" && b.Revision == f.Revision {
						name += "（" + l.Total + " 分）"
					}
				}
			}
		}
		by[f.Group] = append(by[f.Group], name)
	}
	for _, g := range order {
		out = append(out, g+"："+strings.Join(by[g], "、")+"。")
	}
	return out
}

// notice is the flags as an official paper (通报).
func (v flagsView) notice() gb9704.Bulletin {
	r := v.Flags.Round
	first := v.Issued[0]
	on := day(first.IssuedAt)
	red, yellow := v.named(appraisal.RedFlag), v.named(appraisal.YellowFlag)
	what := "红旗、黄旗单位"
	switch {
	case len(yellow) == 0:
		what = "红旗单位"
	case len(red) == 0:
		what = "黄旗单位"
	}
	b := gb9704.Bulletin{Organ: v.organ() + "文件", Number: first.DocNo, Title: "关于" + r.Title + what + "的通报", Addressee: "各乡镇（街道），区直各单位", Signer: v.organ(), Date: on, Printer: v.organ(), Printed: on, AsOf: r.CutoffOn}
	add := func(level int, text string) { b.Body = append(b.Body, gb9704.Paragraph{Level: level, Text: text}) }
	if v.Dir.Region.Demo {
		add(0, "（演示数据，非正式公文。）")
	}
	add(0, "根据《"+v.View.Scheme.Name+"》和"+r.Title+"结果（"+r.DocNo+"），现将"+what+"通报如下。")
	no := paper.Numerals()
	if len(red) > 0 {
		add(1, no()+"、红旗单位")
		for _, s := range red {
			add(0, s)
		}
	}
	if len(yellow) > 0 {
		add(1, no()+"、黄旗单位")
		for _, s := range yellow {
			add(0, s)
		}
		add(0, "黄旗只发给列组内末位、同时没有达到办法规定目标的单位。名次靠后但达到目标的，不发黄旗，不作表态。")
	}
	add(1, no()+"、有关要求")
	if len(yellow) > 0 {
		due := of(v.Issued, appraisal.YellowFlag)[0].DueOn
		add(0, "黄旗单位在"+first.Occasion+"上作表态发言，说明原因和下一步措施，于"+paper.DayCN(due)+"前提交发言稿。")
	}
	if len(red) > 0 {
		add(0, "红旗单位的做法，由考核办整理后供各单位参考，不要求另报材料。")
	}
	basis := "依据：" + first.LegalBasis
	if first.Authority != "" {
		basis += "，由" + first.Authority + "决定"
	}
	add(0, basis+"。")
	return b
}

func (p *Pages) flagsPaper(w http.ResponseWriter, r *http.Request) error {
	v, err := p.issued(r)
	if err != nil {
		return err
	}
	f := onPaper(r, "红旗黄旗通报")
	ui.Render(w, r, http.StatusOK, paperPage(f, v.href(""), v.href(".docx"), paper.Pages(paper.OfBulletin(v.notice()), v.Dir.Region.Demo)))
	return nil
}

// onPaper is the frame of an official paper: nothing but its pages.
func onPaper(r *http.Request, title string) ui.Frame {
	f := route.Frame(r)
	f.Title, f.Layout, f.Sheets, f.Tabs = title, ui.Bare, []string{"bulletin.css"}, nil
	return f
}

// issued reads the flags where there is a paper of them.
func (p *Pages) issued(r *http.Request) (flagsView, error) {
	v, err := p.readFlags(r)
	if err == nil && len(v.Issued) == 0 {
		err = errs.New(errs.Conflict, "红旗黄旗还没有发。")
	}
	return v, err
}

func (v flagsView) href(tail string) string {
	return "/appraisal/" + id.Format(v.Flags.Round.ID) + "/flags" + tail
}

func (p *Pages) flagsDocx(w http.ResponseWriter, r *http.Request) error {
	v, err := p.issued(r)
	if err != nil {
		return err
	}
	x := v.notice()
	body := paper.OfBulletin(x)
	body.Printer = "" // the colophon stands on an even page: it takes a new one where the text ends on an odd one
	x.ColophonApart = len(paper.Pages(body, false))%2 == 1
	name := x.Title + ".docx"
	x.Title = strings.Join(paper.Heading(x.Title), "\n")
	b, err := paper.Word(r.Context(), p.Templates, gb9704.FlagNoticeName, v.Issued[0].IssuedAt, x)
	if err != nil {
		return err
	}
	return p.send(w, r, v.Flags.Round, name, typeDocx, b)
}

// statementView is a unit's statement with what it is about.
type statementView struct {
	Flag   appraisal.Flag
	Detail appraisal.Detail
	Dir    *org.Directory
	May    bool // the actor writes it
	Form   appraisal.Statement
	Err    error
}

func (p *Pages) readStatement(r *http.Request) (v statementView, err error) {
	who, _ := auth.From(r.Context())
	unit := id.Parse(r.URL.Query().Get("unit"))
	if unit == 0 {
		unit = who.UnitID
	}
	if v.Flag, v.Detail, err = p.Rounds.StatementOf(r.Context(), id.Parse(r.PathValue("id")), unit); err != nil {
		return v, err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return v, err
	}
	v.May, v.Form = who.May(appraisal.MayObject) && who.UnitID == unit, v.Flag.Statement
	return v, nil
}

func (p *Pages) statement(w http.ResponseWriter, r *http.Request) error {
	return p.showStatement(w, r, nil, nil)
}

func (p *Pages) showStatement(w http.ResponseWriter, r *http.Request, form *appraisal.Statement, refused error) error {
	v, err := p.readStatement(r)
	if err != nil {
		return err
	}
	if v.Err = refused; form != nil {
		v.Form = *form
	}
	f := p.frame(r, v.Detail.Round, v.Flag.Unit+"的表态发言")
	if v.Flag.StatedAt > 0 {
		f.Actions = statementActions(v)
	}
	ui.Render(w, r, ui.Status(refused), statementPage(f, v))
	return nil
}

func (p *Pages) makeStatement(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "flag", "cause", "measures")
	if err != nil {
		return err
	}
	form := appraisal.Statement{Cause: v.Get("cause"), Measures: v.Get("measures")}
	n := id.Parse(r.PathValue("id"))
	if _, err := p.Rounds.MakeStatement(r.Context(), ui.RequestKey(r), id.Parse(v.Get("flag")), ui.RowVersion(r), form.Cause, form.Measures); err != nil {
		return p.again(err, func() error { return p.showStatement(w, r, &form, err) })
	}
	route.SetFlash(w, r, "表态发言已提交，可以打印", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"/statement")
	return nil
}

func (v statementView) href(tail string) string {
	return "/appraisal/" + id.Format(v.Flag.RoundID) + "/statement" + tail + "?unit=" + id.Format(v.Flag.UnitID)
}

// lines are the lines of a text, without empty ones.
func lines(text string) (out []string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// gap says how far behind the unit is: its total, and where most points were lost.
func (v statementView) gap() string {
	s := v.Detail.Round.Title + "，" + v.Flag.Unit + "得 " + v.Detail.Line.Total + " 分，" + strings.TrimSuffix(v.Flag.Ground, "。") + "。"
	type lost struct {
		text string
		n    decimal.Decimal
	}
	var list []lost
	for _, it := range v.Detail.Line.Items {
		w, e1 := decimal.Parse(it.Weight)
		x, e2 := decimal.Parse(it.Score)
		if e1 != nil || e2 != nil || w.IsZero() || v.Detail.Round.Kind == appraisal.YearEnd {
			continue
		}
		if d, err := w.Sub(x); err == nil && d.IsPos() {
			list = append(list, lost{it.Name + " " + it.Score + " 分（满分 " + it.Weight + "）", d})
		}
	}
	slices.SortStableFunc(list, func(a, b lost) int { return cmp.Or(b.n.Cmp(a.n), strings.Compare(a.text, b.text)) })
	var texts []string
	for _, x := range list[:min(len(list), 3)] {
		texts = append(texts, x.text)
	}
	if len(texts) > 0 {
		s += "失分最多的是" + strings.Join(texts, "、") + "。"
	}
	return s
}

// spoken is the statement as a paper.
func (v statementView) spoken() gb9704.Statement {
	s := gb9704.Statement{Title: "在" + v.Flag.Occasion + "上的表态发言", Speaker: v.Flag.Unit + "　" + v.Dir.PersonName(v.Flag.StatedBy), Signer: v.Flag.Unit, Date: day(v.Flag.StatedAt)}
	add := func(level int, text string) {
		for _, line := range lines(text) {
			s.Body = append(s.Body, gb9704.Paragraph{Level: level, Text: line})
		}
	}
	if v.Dir.Region.Demo {
		add(0, "（演示数据，非正式公文。）")
	}
	add(1, "一、差距")
	add(0, v.gap())
	add(1, "二、原因")
	add(0, v.Flag.Cause)
	add(1, "三、下一步措施")
	add(0, v.Flag.Measures)
	return s
}

// made reads a statement where there is one to print.
func (p *Pages) made(r *http.Request) (statementView, error) {
	v, err := p.readStatement(r)
	if err == nil && v.Flag.StatedAt == 0 {
		err = errs.New(errs.Conflict, "%s还没有写表态发言。", v.Flag.Unit)
	}
	return v, err
}

func (p *Pages) statementPaper(w http.ResponseWriter, r *http.Request) error {
	v, err := p.made(r)
	if err != nil {
		return err
	}
	x := v.spoken()
	page := paper.Paper{Title: x.Title, Under: x.Speaker, Signer: x.Signer, Date: x.Date}
	for _, t := range x.Body {
		page.Body = append(page.Body, paper.Para{Level: t.Level, Text: t.Text})
	}
	f := onPaper(r, v.Flag.Unit+"的表态发言")
	ui.Render(w, r, http.StatusOK, paperPage(f, v.href(""), v.href(".docx"), paper.Pages(page, v.Dir.Region.Demo)))
	return nil
}

func (p *Pages) statementDocx(w http.ResponseWriter, r *http.Request) error {
	v, err := p.made(r)
	if err != nil {
		return err
	}
	x := v.spoken()
	x.Title = strings.Join(paper.Heading(x.Title), "\n")
	b, err := paper.Word(r.Context(), p.Templates, gb9704.StatementName, v.Flag.StatedAt, x)
	if err != nil {
		return err
	}
	return p.send(w, r, v.Detail.Round, v.Flag.Unit+"表态发言.docx", typeDocx, b)
}
