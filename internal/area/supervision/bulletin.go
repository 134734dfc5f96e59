package supervision

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"duban/internal/base/amount"
	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// BulletinState is how far a bulletin has come.
type BulletinState string

// The states of a bulletin.
const (
	Drafted    BulletinState = "draft"      // 起草
	Confirming BulletinState = "confirming" // 核对事实
	Published  BulletinState = "published"  // 已通报
)

// Chinese returns the state's name.
func (s BulletinState) Chinese() string {
	return map[BulletinState]string{Drafted: "起草", Confirming: "核对事实", Published: "已通报"}[s]
}

// Bulletin is the published result of a month's supervision (督查通报), from its draft on.
type Bulletin struct {
	ID           int64
	Year         string
	Issue        int64 // 第 N 期 of the year
	Month        period.Month
	Scope        Scope
	State        BulletinState
	Round        int64 // how often the units were asked
	ConfirmDueOn string
	Revision     int64 // of the text
	Content      string
	DocNo        string
	Recipients   string // 主送, as printed
	SHA256       string // of Content, once published
	Anchor       string // short code of the ledger's seal, printed on it
	DraftedBy    int64
	DraftedAt    int64
	PublishedBy  int64
	PublishedAt  int64
	Version      int64
}

func sum(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }

func (b Bulletin) sealed() any {
	return map[string]any{"year": b.Year, "issue": b.Issue, "month": b.Month, "scope": b.Scope.encode(), "state": b.State, "round": b.Round, "confirm_due_on": b.ConfirmDueOn,
		"revision": b.Revision, "content_sha256": sum(b.Content), "doc_no": b.DocNo, "recipients": b.Recipients, "sha256": b.SHA256, "published_at": b.PublishedAt,
		"drafted_by": ledger.Person(b.DraftedBy), "published_by": ledger.Person(b.PublishedBy)}
}

// Text is what people write in a bulletin; the rest is computed. Each change is a version.
type Text struct {
	Title       string `json:"title"`
	Lede        string `json:"lede"`        // 总体情况, drafted from the numbers
	Intro       string `json:"intro"`       // 开头
	Praise      string `json:"praise"`      // 表扬
	Requirement string `json:"requirement"` // 工作要求
}

func (t Text) check() (Text, error) {
	var x texts
	t.Title = x.need("title", "标题", t.Title, 60)
	t.Lede = x.need("lede", "总体情况", t.Lede, 2000)
	t.Intro = x.short("intro", "开头", t.Intro, 1000)
	t.Praise = x.short("praise", "表扬", t.Praise, 1000)
	t.Requirement = x.short("requirement", "工作要求", t.Requirement, 2000)
	return t, x.refuse()
}

// Row is one task in a table of a bulletin. It names the sealed light that its numbers come from (task.light:LightID).
type Row struct {
	TaskID         int64               `json:"task,string"`
	LightID        int64               `json:"light_id,string"`
	UnitID         int64               `json:"unit_id,string"`
	Unit           string              `json:"unit"`
	No             string              `json:"no"`
	Title          string              `json:"title"`
	Origin         string              `json:"origin"` // name of the campaign
	Measure        string              `json:"measure"`
	Target         *amount.Scaled      `json:"target_x10000"`
	Pace           *amount.Scaled      `json:"pace_x10000"`  // 应达
	Value          *amount.Scaled      `json:"value_x10000"` // nil: 缺报
	Kind           indicator.ValueKind `json:"kind"`
	Lead           *int64              `json:"lead_x100"` // percentage points ×100, negative if behind
	Light          task.Light          `json:"light"`
	MadeUp         bool                `json:"made_up"`
	Rule           string              `json:"rule"` // the rule that fired, with its numbers
	PolicyRevision int64               `json:"policy_revision"`
	Blocker        string              `json:"blocker"` // 卡点
}

// Done prints the value with where it is from: 49 亩, 49 亩（自报，未核验）, 缺报.
func (r Row) Done() string {
	if r.Value == nil {
		return "缺报"
	}
	s := indicator.Show(*r.Value, r.Measure)
	if r.Kind == indicator.Reported {
		s += "（自报，未核验）"
	}
	return s
}

// Short is Done for a table with many rows: 49 亩*, where a note under the table explains the star.
func (r Row) Short() string {
	if r.Value == nil || r.Kind != indicator.Reported {
		return r.Done()
	}
	return indicator.Show(*r.Value, r.Measure) + "*"
}

// Should prints 应达; "—" without a plan.
func (r Row) Should() string {
	if r.Pace == nil {
		return "—"
	}
	return indicator.About(*r.Pace, r.Measure)
}

// Ahead prints 差 in percentage points: −13, +4.5; "—" if it cannot be said.
func (r Row) Ahead() string {
	if r.Lead == nil {
		return "—"
	}
	return task.Points(*r.Lead)
}

// OriginRow sums up a campaign (行动). It shows the worst light and counts, never a mean of lights.
type OriginRow struct {
	Kind   string             `json:"kind"`
	ID     int64              `json:"id,string"`
	Name   string             `json:"name"`
	Leader string             `json:"leader"` // 牵头领导
	Tasks  int64              `json:"tasks"`
	Lights map[task.Light]int `json:"lights"`
	Slow   int64              `json:"slow"` // 慢序时, missing ones included
	Worst  task.Light         `json:"worst"`
	Found  int64              `json:"found"`
	Closed int64              `json:"closed"`
}

// Tables are the computed part of a bulletin, as of the day it was drafted.
type Tables struct {
	AsOf    string             `json:"as_of"`
	Tasks   int64              `json:"tasks"` // with a light in the month
	Lights  map[task.Light]int `json:"lights"`
	Checked int64              `json:"checked"`  // tasks verified on site in the month
	MeanGap *int64             `json:"mean_gap"` // mean distance between reported and verified, percentage points ×100; nil if nothing can be compared
	Found   int64              `json:"found"`
	Closed  int64              `json:"closed"`
	Overdue int64              `json:"overdue"`
	Origins []OriginRow        `json:"origins"`
	Slow    []Row              `json:"slow"`    // 慢序时: missing ones first, then the farthest behind
	OnPace  []Row              `json:"on_pace"` // 按序时: lead ≥ 0, in the official order of units
	Praised []string           `json:"praised"` // units with nothing slow, nothing missing and no finding overdue
	Named   []string           `json:"named"`   // ids of the units in Slow
}

// Missing returns how many tasks of 慢序时 have no account.
func (t Tables) Missing() (n int64) {
	for _, r := range t.Slow {
		if r.Value == nil {
			n++
		}
	}
	return n
}

// material is what the tables are computed from.
type material struct {
	month    period.Month
	today    string
	dir      *org.Directory
	scope    Scope
	lights   []task.Month
	tasks    map[int64]task.Task
	sheets   map[int64]indicator.Sheet
	accounts map[int64]task.Account
	checks   []Check
	findings []Finding
	names    map[ref.Ref]string
}

// tabulate computes the tables. It is pure.
// Source: S7 (慢序时, 按序时), domain 8 (month loop), 13.0 (lead).
func tabulate(m material) Tables {
	t := Tables{AsOf: m.today, Lights: map[task.Light]int{}, Origins: []OriginRow{}, Slow: []Row{}, OnPace: []Row{}, Praised: []string{}, Named: []string{}}
	place := map[int64]int{}
	for i, u := range m.dir.Units {
		place[u.ID] = i
	}
	origins := map[ref.Ref]*OriginRow{}
	var order []ref.Ref
	slow, good := map[int64]bool{}, map[int64]bool{}
	for _, l := range m.lights {
		k, ok := m.tasks[l.TaskID]
		if !ok || !m.scope.Holds(k) {
			continue
		}
		t.Tasks++
		t.Lights[l.Light]++
		o := origins[k.Origin]
		if o == nil {
			o = &OriginRow{Kind: k.Origin.Kind, ID: k.Origin.ID, Name: m.names[k.Origin], Leader: m.dir.PostText(k.Leader), Lights: map[task.Light]int{}, Worst: task.Done}
			origins[k.Origin] = o
			order = append(order, k.Origin)
		}
		o.Tasks++
		o.Lights[l.Light]++
		if l.Light.Rank() < o.Worst.Rank() {
			o.Worst = l.Light
		}
		r := rowOf(l, k, m)
		switch {
		case l.Light == task.Hold || l.Light == task.NotDue:
		case r.Value == nil && l.Light != task.Done, r.Lead != nil && *r.Lead < 0, l.Light == task.Red:
			t.Slow = append(t.Slow, r)
			o.Slow++
			slow[l.UnitID] = true
		default:
			t.OnPace = append(t.OnPace, r)
			good[l.UnitID] = true
		}
	}
	lead := func(r Row) int64 {
		switch {
		case r.Value == nil:
			return -1 << 62
		case r.Lead == nil:
			return 0
		}
		return *r.Lead
	}
	sort.SliceStable(t.Slow, func(i, j int) bool {
		a, b := t.Slow[i], t.Slow[j]
		if lead(a) != lead(b) {
			return lead(a) < lead(b)
		}
		return place[a.UnitID] < place[b.UnitID]
	})
	sort.SliceStable(t.OnPace, func(i, j int) bool {
		a, b := t.OnPace[i], t.OnPace[j]
		if a.UnitID != b.UnitID {
			return place[a.UnitID] < place[b.UnitID]
		}
		return lead(a) > lead(b)
	})
	last := map[int64]Check{}
	for _, c := range m.checks {
		if k, ok := m.tasks[c.TaskID]; ok && m.scope.Holds(k) {
			last[c.TaskID] = c
		}
	}
	t.Checked = int64(len(last))
	var gaps, n int64
	for _, c := range last {
		if c.Gap != nil {
			gaps += max(*c.Gap, -*c.Gap)
			n++
		}
	}
	if n > 0 {
		mean := (2*gaps + n) / (2 * n)
		t.MeanGap = &mean
	}
	late := map[int64]bool{}
	for _, f := range m.findings {
		if len(m.scope.Units) > 0 && !slices.Contains(m.scope.Units, f.UnitID) || len(m.scope.Origins) > 0 && !slices.Contains(m.scope.Origins, f.Origin) {
			continue
		}
		var one Tally
		one.Add(f, m.today)
		t.Found, t.Closed, t.Overdue = t.Found+one.Found, t.Closed+one.Closed, t.Overdue+one.Overdue
		if o := origins[f.Origin]; o != nil {
			o.Found, o.Closed = o.Found+one.Found, o.Closed+one.Closed
		}
		if one.Overdue > 0 {
			late[f.UnitID] = true
		}
	}
	for _, o := range order {
		t.Origins = append(t.Origins, *origins[o])
	}
	for _, u := range m.dir.Units {
		if slow[u.ID] {
			t.Named = append(t.Named, strconv.FormatInt(u.ID, 10))
		} else if good[u.ID] && !late[u.ID] {
			t.Praised = append(t.Praised, u.ShortName)
		}
	}
	return t
}

// rowOf makes a table's row from a sealed light.
func rowOf(l task.Month, k task.Task, m material) Row {
	r := Row{TaskID: k.ID, LightID: l.ID, UnitID: l.UnitID, Unit: m.dir.UnitName(l.UnitID), No: k.No, Title: k.Title, Origin: m.names[k.Origin], Measure: m.sheets[k.IndicatorID].Measure,
		Light: l.Light, MadeUp: l.MadeUp, Rule: l.Rule, PolicyRevision: l.PolicyRevision, Blocker: k.Standing.Blocker}
	if a, ok := m.accounts[k.ID]; ok {
		if r.Blocker = a.Blocker; r.Blocker == "" && a.BlockerKind != task.NoBlocker {
			r.Blocker = a.BlockerKind
		}
	}
	var numbers map[string]string
	if json.Unmarshal([]byte(l.Numbers), &numbers) != nil {
		return r
	}
	read := func(name string) *int64 {
		n, err := strconv.ParseInt(numbers[name], 10, 64)
		if err != nil {
			return nil
		}
		return &n
	}
	scaled := func(name string) *amount.Scaled { return (*amount.Scaled)(read(name)) }
	r.Target, r.Pace, r.Value, r.Lead, r.Kind = scaled("target_x10000"), scaled("pace_x10000"), scaled("value_x10000"), read("lead_x100"), indicator.ValueKind(numbers["kind"])
	return r
}

// write drafts the sentences of a bulletin from its numbers. Every number in it stands in the tables.
func (t Tables) write(m period.Month, policy int64) Text {
	var b strings.Builder
	fmt.Fprintf(&b, "%s，对 %d 个行动 %d 项任务进行督查，现场核验 %d 项。", m.Chinese(), len(t.Origins), t.Tasks, t.Checked)
	fmt.Fprintf(&b, "按第 %d 版亮灯规则，按序时 %d 项，慢序时 %d 项", policy, len(t.OnPace), len(t.Slow))
	if n := t.Missing(); n > 0 {
		fmt.Fprintf(&b, "（其中缺报 %d 项）", n)
	}
	fmt.Fprintf(&b, "；红灯 %d 项，黄灯 %d 项，绿灯 %d 项。", t.Lights[task.Red], t.Lights[task.Amber], t.Lights[task.Green])
	if t.MeanGap != nil {
		fmt.Fprintf(&b, "自报与核验平均相差 %s 个百分点。", indicator.Number(amount.Scaled(*t.MeanGap*100)))
	}
	fmt.Fprintf(&b, "发现问题 %d 个，已销号 %d 个", t.Found, t.Closed)
	if t.Overdue > 0 {
		fmt.Fprintf(&b, "，超期未整改 %d 个", t.Overdue)
	}
	b.WriteString("。")
	x := Text{Title: "关于" + m.Chinese() + "份督查情况的通报", Lede: b.String(), Intro: "现将有关情况通报如下。"}
	if len(t.Praised) > 0 {
		x.Praise = strings.Join(t.Praised, "、") + "牵头的任务均按序时推进，予以肯定。"
	}
	if len(t.Slow) > 0 {
		x.Requirement = "慢序时任务的牵头单位要对照卡点逐项研究措施，需要上级协调的及时提出；督查发现的问题要按时限整改、报结、销号。"
	}
	return x
}

// ConfirmationState is what a named unit has said.
type ConfirmationState string

// The states of a confirmation.
const (
	Asked     ConfirmationState = "asked"   // 待核对
	Agreed    ConfirmationState = "agreed"  // 事实无误
	Dissented ConfirmationState = "dissent" // 有不同意见
	Silent    ConfirmationState = "silent"  // 逾期未回复，视为无异议
	Void      ConfirmationState = "void"    // 通报退回修改，作废
)

// Chinese returns the state's name.
func (s ConfirmationState) Chinese() string {
	return map[ConfirmationState]string{Asked: "待核对", Agreed: "事实无误", Dissented: "有不同意见", Silent: "逾期未回复，视为无异议", Void: "已作废"}[s]
}

// Confirmation asks a unit that is named in a bulletin whether the facts are right (核对事实).
type Confirmation struct {
	ID, BulletinID, Round, UnitID int64
	State                         ConfirmationState
	Text                          string // the dissent, which goes with the bulletin
	Reply                         string // what the office answers to it
	AskedAt                       int64
	DueOn                         string
	AnsweredBy, AnsweredAt        int64
}

func (c Confirmation) sealed() any {
	return map[string]any{"bulletin": strconv.FormatInt(c.BulletinID, 10), "round": c.Round, "unit": strconv.FormatInt(c.UnitID, 10), "state": c.State, "text": c.Text, "reply": c.Reply,
		"asked_at": c.AskedAt, "due_on": c.DueOn, "answered_at": c.AnsweredAt, "answered_by": ledger.Person(c.AnsweredBy)}
}

// ready says why a bulletin cannot be published yet; nil if it can. It is pure.
// Source: issue S7 (units named confirm the facts first), domain 9 (杭州 20: the unit explains first).
func (b Bulletin) ready(list []Confirmation, today string, dir *org.Directory) error {
	switch b.State {
	case Published:
		return errs.New(errs.Conflict, "第 %d 期通报已经发出。", b.Issue)
	case Drafted:
		return errs.New(errs.Conflict, "第 %d 期通报还没有送被点名的单位核对事实，不能签发。", b.Issue)
	}
	var open []string
	for _, c := range list {
		if c.State == Asked && today <= c.DueOn {
			open = append(open, dir.UnitName(c.UnitID))
		}
	}
	if len(open) > 0 {
		return errs.New(errs.Conflict, "%s还没有核对事实，要等答复，或到 %s 期满后才能签发。", strings.Join(open, "、"), b.ConfirmDueOn)
	}
	return nil
}

// Answer is what a named unit said, as it stands in the bulletin.
type Answer struct {
	UnitID int64             `json:"unit_id,string"`
	Unit   string            `json:"unit"`
	State  ConfirmationState `json:"state"`
	Text   string            `json:"text"`
	Reply  string            `json:"reply"` // 督查室答复
}

// BulletinDoc is a bulletin as it is printed: a page or a Word file is filled from it and from nothing else. Once published its canonical
// JSON is frozen.
type BulletinDoc struct {
	Region      string   `json:"region"`
	Organ       string   `json:"organ"` // 发文机关
	Issue       int64    `json:"issue"`
	Year        string   `json:"year"`
	Month       string   `json:"month"`
	DocNo       string   `json:"doc_no"`
	Recipients  string   `json:"recipients"`
	PublishedOn string   `json:"published_on"`
	Text        Text     `json:"text"`
	Tables      Tables   `json:"tables"`
	Answers     []Answer `json:"answers"`
	Demo        bool     `json:"demo"`
	Anchor      string   `json:"-"` // printed on it, made after it was sealed
	SHA256      string   `json:"-"`
}

// Dissents returns the answers that dispute a fact: they are printed with the bulletin.
func (d BulletinDoc) Dissents() (out []Answer) {
	for _, a := range d.Answers {
		if a.State == Dissented {
			out = append(out, a)
		}
	}
	return out
}

// Paragraph is a paragraph of the body: Level 1 is a heading, 0 plain text.
type Paragraph struct {
	Level int
	Text  string
}

// Body returns the text of the bulletin in order (正文), without the tables and the dissents: opening, 总体情况, what goes well, what
// is red or missing, what is demanded. A section with nothing to say is left out.
func (d BulletinDoc) Body() (out []Paragraph) {
	if d.Text.Intro != "" {
		out = append(out, Paragraph{0, d.Text.Intro})
	}
	n := 0
	section := func(title string, text ...string) {
		n++
		out = append(out, Paragraph{1, []string{"", "一", "二", "三", "四"}[n] + "、" + title})
		for _, t := range text {
			out = append(out, Paragraph{0, t})
		}
	}
	section("总体情况", d.Text.Lede)
	if d.Text.Praise != "" {
		section("推进较好的单位", d.Text.Praise)
	}
	var slow []string
	for _, r := range d.Tables.Slow {
		if r.Light != task.Red && r.Light != task.Missing {
			continue
		}
		s := r.Unit + "“" + r.Title + "”：" + r.Rule
		if r.Blocker != "" {
			s += "；卡点：" + r.Blocker
		}
		slow = append(slow, s+"。")
	}
	if len(slow) > 0 {
		section("红灯和缺报的任务", slow...)
	}
	if d.Text.Requirement != "" {
		section("工作要求", d.Text.Requirement)
	}
	return out
}

// IssueText prints 第 8 期.
func (d BulletinDoc) IssueText() string { return fmt.Sprintf("第 %d 期", d.Issue) }

func (d BulletinDoc) freeze() (string, error) {
	b, err := ledger.Canonical(d)
	return string(b), err
}

// differences compares the tables of a draft with those of today and returns a sentence for every number that has moved since.
func differences(old, now Tables) (out []string) {
	index := func(t Tables) (map[int64]Row, []int64) {
		rows := map[int64]Row{}
		var ids []int64
		for _, r := range append(slices.Clone(t.Slow), t.OnPace...) {
			rows[r.TaskID] = r
			ids = append(ids, r.TaskID)
		}
		return rows, ids
	}
	a, ids := index(old)
	b, more := index(now)
	for _, id := range ids {
		x := a[id]
		y, ok := b[id]
		switch {
		case !ok:
			out = append(out, x.Unit+"“"+x.Title+"”已不在表中。")
		case x.Light != y.Light || x.Done() != y.Done() || x.Should() != y.Should() || x.Ahead() != y.Ahead():
			out = append(out, fmt.Sprintf("%s“%s”：通报为 %s、%s（%s），现为 %s、%s（%s）。", x.Unit, x.Title, x.Done(), x.Light.Chinese(), x.Ahead(), y.Done(), y.Light.Chinese(), y.Ahead()))
		}
	}
	for _, id := range more {
		if _, ok := a[id]; !ok {
			out = append(out, b[id].Unit+"“"+b[id].Title+"”不在通报的表中。")
		}
	}
	for _, x := range []struct {
		name     string
		old, new int64
	}{{"现场核验项数", old.Checked, now.Checked}, {"发现问题数", old.Found, now.Found}, {"销号问题数", old.Closed, now.Closed}} {
		if x.old != x.new {
			out = append(out, fmt.Sprintf("%s：通报为 %d，现为 %d。", x.name, x.old, x.new))
		}
	}
	return out
}
