package campaignweb

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"duban/internal/area/campaign"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/evidence"
	"duban/internal/spine/indicator"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/view/cockpit"
	paperpage "duban/internal/web/paper"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// Campaigns is what the pages of a campaign as a whole ask for.
type Campaigns interface {
	Campaigns(ctx context.Context) ([]campaign.Card, error)
	CampaignOverview(ctx context.Context, campaignID int64) (campaign.Overview, error)
	Get(ctx context.Context, campaignID int64) (campaign.Campaign, campaign.TaskForce, error)
	Manages(ctx context.Context, campaignID int64) (bool, error)
	CreateCampaign(ctx context.Context, key string, c campaign.Campaign) (campaign.Campaign, error)
	ChangeCampaign(ctx context.Context, c campaign.Campaign) (campaign.Campaign, error)
	IssuePlan(ctx context.Context, campaignID, version int64, p campaign.Plan, file *evidence.File) (campaign.Campaign, error)
	SetTaskForce(ctx context.Context, version int64, f campaign.TaskForce) (campaign.Campaign, error)
	Archive(ctx context.Context, campaignID, version int64, summary string) (campaign.Campaign, error)
}

// Items is what the page of an item asks for.
type Items interface {
	ItemDetail(ctx context.Context, itemID int64) (campaign.Detail, error)
	AddItem(ctx context.Context, key string, campaignID int64, d campaign.ItemDraft) (task.Task, error)
	CompleteItem(ctx context.Context, key string, itemID int64, note string) error
	CloseItem(ctx context.Context, key string, itemID int64, note string) error
	SendBackItem(ctx context.Context, key string, itemID int64, note string) error
	AddExhibit(ctx context.Context, itemID int64, f evidence.File) (evidence.Exhibit, error)
}

// Imports is what the import asks for.
type Imports interface {
	PreviewImport(ctx context.Context, campaignID int64, src campaign.Source) (campaign.Preview, error)
	PreviewOf(ctx context.Context, batchID int64) (campaign.Preview, error)
	CommitImport(ctx context.Context, key string, batchID int64, docNo string) (campaign.Batch, error)
	UndoBatch(ctx context.Context, key string, batchID int64) (campaign.Batch, error)
	Batch(ctx context.Context, batchID int64) (campaign.Batch, error)
	Batches(ctx context.Context, campaignID int64) ([]campaign.Batch, error)
}

// Books is what the pages of task books ask for.
type Books interface {
	IssueTaskBook(ctx context.Context, key string, campaignID int64, units ...int64) ([]campaign.TaskBook, error)
	AcceptTaskBook(ctx context.Context, key string, bookID, version int64) (campaign.TaskBook, error)
	TaskBooks(ctx context.Context, campaignID int64) ([]campaign.TaskBook, error)
	TaskBookOf(ctx context.Context, campaignID, unitID int64) (campaign.BookView, error)
}

// Pledges is what the pages of confirmations ask for.
type Pledges interface {
	Pledges(ctx context.Context, f campaign.PledgeFilter) ([]campaign.PledgeView, error)
	Pledge(ctx context.Context, pledgeID int64) (campaign.PledgeView, error)
	Signatures(ctx context.Context, pledgeID int64) ([]campaign.Signature, error)
	DraftPledge(ctx context.Context, d campaign.PledgeDrafting) (campaign.Pledge, error)
	SignPledge(ctx context.Context, key string, pledgeID, version int64, password string) (campaign.PledgeView, error)
	ChasePledges(ctx context.Context) (int, error)
}

// Service is all of it; *campaign.Service does it.
type Service interface {
	Campaigns
	Items
	Imports
	Books
	Pledges
}

// Files opens an exhibit; *evidence.Service does.
type Files interface {
	Open(ctx context.Context, id int64) (evidence.Exhibit, []byte, error)
}

// Org names units, posts and people; *org.Service does.
type Org interface {
	Look(ctx context.Context) (*org.Directory, error)
}

// Boards says how far the campaigns are; *cockpit.Service does.
type Boards interface {
	Standing(ctx context.Context) (cockpit.Standing, error)
}

// Log notes who took out what; *audit.Log does.
type Log interface {
	Note(ctx context.Context, e audit.Entry)
}

// Pages are the pages of this package. All fields but Templates and Proof must be set.
type Pages struct {
	Service Service
	Boards  Boards
	Files   Files
	Org     Org
	Log     Log
	Clock   period.Clock // the district's
	// Templates are the offices' own; nil: the defaults.
	Templates paperpage.Templates
	Proof     func(subject ref.Ref) string // address of a record's proof in the ledger; nil: no link
}

// Nav is the entry of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{
		{Href: "/campaigns", Label: "攻坚行动", Icon: "flag", Key: "a", Permission: campaign.MayRead, Tab: true},
		{Href: "/pledges", Label: "确认书", Icon: "writing-sign", Permission: campaign.MayRead},
	}
}

const uploadBody = evidence.MaxSize + 1<<20

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET /campaigns", campaign.MayRead, p.list)
	g.Handle("GET /campaigns/new", campaign.MayOpen, p.newCampaign)
	g.Handle("POST /campaigns", campaign.MayOpen, p.create)
	g.Handle("GET /campaigns/{id}", campaign.MayRead, p.campaign)
	g.Handle("GET /campaigns/{id}/edit", campaign.MayChange, p.edit)
	g.Handle("POST /campaigns/{id}/edit", campaign.MayChange, p.change)
	g.Handle("GET /campaigns/{id}/plan", campaign.MayChange, p.plan)
	g.Handle("POST /campaigns/{id}/plan", campaign.MayChange, p.issuePlan, route.Body(uploadBody))
	g.Handle("GET /campaigns/{id}/force", campaign.MayRead, p.force)
	g.Handle("POST /campaigns/{id}/force", campaign.MayChange, p.setForce)
	g.Handle("POST /campaigns/{id}/archive", campaign.MayChange, p.archive)
	g.Handle("GET /campaigns/{id}/export.xlsx", campaign.MayRead, p.export, route.Limited(route.ExportRate))

	g.Handle("GET /campaigns/{id}/items/new", campaign.MayImport, p.newItem)
	g.Handle("POST /campaigns/{id}/items", campaign.MayImport, p.addItem)
	g.Handle("GET /tasks/{id}", campaign.MayRead, p.item)
	g.Handle("POST /tasks/{id}/complete", campaign.MayComplete, p.complete)
	g.Handle("POST /tasks/{id}/close", campaign.MayClose, p.closeItem)
	g.Handle("POST /tasks/{id}/exhibits", campaign.MayReport, p.addExhibit, route.Body(uploadBody))
	g.Handle("GET /evidence/{id}", evidence.Open, p.download)

	g.Handle("GET /campaigns/{id}/import", campaign.MayImport, p.importForm)
	g.Handle("POST /campaigns/{id}/import", campaign.MayImport, p.readImport, route.Body(importBody))
	g.Handle("POST /campaigns/{id}/import/rows", campaign.MayImport, p.mapped, route.Body(importBody))
	g.Handle("GET /campaigns/{id}/import/{batch}", campaign.MayImport, p.batch)
	g.Handle("POST /campaigns/{id}/import/{batch}/unit", campaign.MayImport, p.repair)
	g.Handle("POST /campaigns/{id}/import/{batch}/commit", campaign.MayImport, p.commit)
	g.Handle("POST /campaigns/{id}/import/{batch}/undo", campaign.MayImport, p.undo)
	g.Handle("GET /campaigns/{id}/import/{batch}/rejected.xlsx", campaign.MayImport, p.rejected)

	g.Handle("GET /campaigns/{id}/books/{unit}", campaign.MayRead, p.book)
	g.Handle("POST /campaigns/{id}/books", campaign.MayIssue, p.issueBooks)
	g.Handle("POST /campaigns/{id}/books/{unit}/accept", campaign.MayAccept, p.acceptBook)

	g.Handle("GET /pledges", campaign.MayRead, p.pledges)
	g.Handle("POST /pledges", campaign.MayDraft, p.draftPledge)
	g.Handle("POST /pledges/chase", campaign.MayOpen, p.chase)
	g.Handle("GET /pledges/{id}", campaign.MayRead, p.pledge)
	g.Handle("GET /pledges/{id}/paper.docx", campaign.MayRead, p.paper, route.Limited(route.ExportRate))
	g.Handle("POST /pledges/{id}/sign", campaign.MaySign, p.sign, route.Limited(signRate))
}

// refused tells a refusal that the form can show from a fault or a thing that is not there.
func refused(err error) bool {
	switch errs.KindOf(err) {
	case errs.Invalid, errs.Conflict:
		return true
	}
	return false
}

func (p *Pages) today() string { return period.Day(p.Clock.Now()) }

func pathID(r *http.Request, name string) int64 { return id.Parse(r.PathValue(name)) }

func campaignHref(campaignID int64) string { return "/campaigns/" + id.Format(campaignID) }

func taskHref(taskID int64) string { return "/tasks/" + id.Format(taskID) }

// card is a campaign in the list with how far it is.
type card struct {
	campaign.Card
	progressed
}

// listView is the campaigns of a year.
type listView struct {
	Year    int64
	Years   []int64
	Month   period.Month // that is looked at
	Cards   []card
	Dir     *org.Directory
	MayOpen bool
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	cards, err := p.Service.Campaigns(r.Context())
	if err != nil {
		return err
	}
	v := listView{MayOpen: who.May(campaign.MayOpen)}
	for _, c := range cards {
		if !slices.Contains(v.Years, c.Campaign.Year) {
			v.Years = append(v.Years, c.Campaign.Year)
		}
	}
	slices.Sort(v.Years)
	slices.Reverse(v.Years)
	if v.Year, err = strconv.ParseInt(r.URL.Query().Get("year"), 10, 64); err != nil || !slices.Contains(v.Years, v.Year) {
		v.Year = 0
		if len(v.Years) > 0 {
			v.Year = v.Years[0]
		}
	}
	at, err := p.Boards.Standing(r.Context())
	if err != nil {
		return err
	}
	v.Month = at.Month
	for _, c := range cards {
		if c.Campaign.Year == v.Year {
			v.Cards = append(v.Cards, card{c, progressOf(at, c.Campaign)})
		}
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	ui.Render(w, r, http.StatusOK, listPage(route.Frame(r), v))
	return nil
}

// campaignForm is the form of a campaign as typed.
type campaignForm struct {
	Preset, Code, Name, Year, From, To, Leader, Unit string
	Deputies                                         []string
}

var campaignFields = []string{"preset", "code", "name", "year", "from_month", "to_month", "leader_post", "deputy_posts", "lead_unit"}

func readCampaign(v url.Values) campaignForm {
	return campaignForm{Preset: v.Get("preset"), Code: v.Get("code"), Name: v.Get("name"), Year: v.Get("year"), From: v.Get("from_month"), To: v.Get("to_month"),
		Leader: v.Get("leader_post"), Deputies: v["deputy_posts"], Unit: v.Get("lead_unit")}
}

func (f campaignForm) campaign() campaign.Campaign {
	year, _ := strconv.ParseInt(strings.TrimSpace(f.Year), 10, 64)
	if year == 0 {
		year = -1 // what is no number is a wrong year, and not the present one
	}
	c := campaign.Campaign{Preset: f.Preset, Code: f.Code, Name: f.Name, Year: year, From: period.Month(f.From), To: period.Month(f.To), LeaderPost: id.Parse(f.Leader), LeadUnit: id.Parse(f.Unit)}
	for _, x := range f.Deputies {
		if n := id.Parse(x); n != 0 {
			c.DeputyPosts = append(c.DeputyPosts, n)
		}
	}
	return c
}

func formOf(c campaign.Campaign) campaignForm {
	f := campaignForm{Preset: c.Preset, Code: c.Code, Name: c.Name, Year: strconv.FormatInt(c.Year, 10), From: string(c.From), To: string(c.To), Leader: formatID(c.LeaderPost), Unit: formatID(c.LeadUnit)}
	for _, x := range c.DeputyPosts {
		f.Deputies = append(f.Deputies, id.Format(x))
	}
	return f
}

// formatID prints an id for a form; "" for none.
func formatID(n int64) string {
	if n == 0 {
		return ""
	}
	return id.Format(n)
}

// editView is the form of a campaign: a new one if Campaign is zero.
type editView struct {
	Campaign campaign.Campaign
	Form     campaignForm
	Dir      *org.Directory
	Presets  []campaign.Preset // those that the year does not have yet
}

func (p *Pages) newCampaign(w http.ResponseWriter, r *http.Request) error {
	month := period.MonthOf(p.Clock.Now())
	year := month.Year()
	from := month // begun in October, it is not nine months behind
	if month <= period.Month(year+"-03") {
		from = period.Month(year + "-01")
	}
	f := campaignForm{Year: year, From: string(from), To: year + "-12", Preset: r.URL.Query().Get("preset")}
	if x := campaign.PresetOf(f.Preset); x != nil {
		f.Code, f.Name = x.Code, x.Name
	}
	return p.showEdit(w, r, http.StatusOK, campaign.Campaign{}, f, nil)
}

func (p *Pages) showEdit(w http.ResponseWriter, r *http.Request, status int, c campaign.Campaign, f campaignForm, err error) error {
	d, fail := p.Org.Look(r.Context())
	if fail != nil {
		return fail
	}
	v := editView{Campaign: c, Form: f, Dir: d}
	if c.ID == 0 {
		cards, fail := p.Service.Campaigns(r.Context())
		if fail != nil {
			return fail
		}
		for _, x := range campaign.Presets {
			if !slices.ContainsFunc(cards, func(c campaign.Card) bool {
				return c.Campaign.Preset == x.Key && strconv.FormatInt(c.Campaign.Year, 10) == f.Year
			}) {
				v.Presets = append(v.Presets, x)
			}
		}
	}
	ui.Render(w, r, status, editPage(route.Frame(r), v, err))
	return nil
}

func (p *Pages) create(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, campaignFields...)
	if err != nil {
		return err
	}
	f := readCampaign(v)
	c, err := p.Service.CreateCampaign(r.Context(), ui.RequestKey(r), f.campaign())
	if err != nil {
		if refused(err) {
			return p.showEdit(w, r, route.Status(err), campaign.Campaign{}, f, err)
		}
		return err
	}
	route.SetFlash(w, r, "已设立“"+c.Name+"”，接着登记方案、导入任务书", "")
	route.Redirect(w, r, campaignHref(c.ID))
	return nil
}

// managed returns a campaign that the actor may run; other people do not get the form at all.
func (p *Pages) managed(r *http.Request) (campaign.Campaign, campaign.TaskForce, error) {
	c, f, err := p.Service.Get(r.Context(), pathID(r, "id"))
	if err != nil {
		return c, f, err
	}
	ok, err := p.Service.Manages(r.Context(), c.ID)
	if err == nil && !ok {
		err = errs.New(errs.Forbidden, "您不在这个攻坚行动的专班里，不能改。需要的话，请督查室把您加进名单。")
	}
	return c, f, err
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.managed(r)
	if err != nil {
		return err
	}
	return p.showEdit(w, r, http.StatusOK, c, formOf(c), nil)
}

func (p *Pages) change(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, campaignFields...)
	if err != nil {
		return err
	}
	old, _, err := p.managed(r)
	if err != nil {
		return err
	}
	f := readCampaign(v)
	c := f.campaign()
	c.ID, c.Version, c.SortNo = old.ID, ui.RowVersion(r), old.SortNo
	if _, err = p.Service.ChangeCampaign(r.Context(), c); err != nil {
		if refused(err) {
			return p.showEdit(w, r, route.Status(err), old, f, err)
		}
		return err
	}
	route.SetFlash(w, r, "已存", "")
	route.Redirect(w, r, campaignHref(old.ID))
	return nil
}

// planForm is the form of a plan as typed.
type planForm struct{ DocNo, Title, IssuedOn string }

func (p *Pages) plan(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.managed(r)
	if err != nil {
		return err
	}
	ui.Render(w, r, http.StatusOK, planPage(route.Frame(r), c, planForm{c.Plan.DocNo, c.Plan.Title, c.Plan.IssuedOn}, nil))
	return nil
}

func (p *Pages) issuePlan(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "doc_no", "title", "issued_on", "file")
	if err != nil {
		return err
	}
	c, _, err := p.managed(r)
	if err != nil {
		return err
	}
	f := planForm{v.Get("doc_no"), v.Get("title"), v.Get("issued_on")}
	file, err := upload(r, "file")
	if err == nil {
		_, err = p.Service.IssuePlan(r.Context(), c.ID, ui.RowVersion(r), campaign.Plan{DocNo: f.DocNo, Title: f.Title, IssuedOn: f.IssuedOn}, file)
	}
	if err != nil {
		if refused(err) {
			ui.Render(w, r, route.Status(err), planPage(route.Frame(r), c, f, err))
			return nil
		}
		return err
	}
	route.SetFlash(w, r, "方案已登记", "")
	route.Redirect(w, r, campaignHref(c.ID))
	return nil
}

// forceForm is the task force as typed: one line for each member.
type forceForm struct{ Roles, Posts, People, Units []string }

func (f forceForm) len() int { return len(f.Roles) }

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// forceView is the task force of a campaign, and its form for those who may change it.
type forceView struct {
	Campaign campaign.Campaign
	Force    campaign.TaskForce
	Form     forceForm
	Dir      *org.Directory
	May      bool
}

func (p *Pages) force(w http.ResponseWriter, r *http.Request) error {
	c, f, err := p.Service.Get(r.Context(), pathID(r, "id"))
	if err != nil {
		return err
	}
	return p.showForce(w, r, http.StatusOK, c, f, linesOf(f), nil)
}

func linesOf(f campaign.TaskForce) (out forceForm) {
	for _, role := range campaign.MemberRoles {
		for _, m := range f.Of(role) {
			out.Roles, out.Posts, out.People, out.Units = append(out.Roles, string(m.Role)), append(out.Posts, formatID(m.PostID)), append(out.People, formatID(m.PersonID)), append(out.Units, formatID(m.UnitID))
		}
	}
	return out
}

func (p *Pages) showForce(w http.ResponseWriter, r *http.Request, status int, c campaign.Campaign, f campaign.TaskForce, form forceForm, err error) error {
	d, fail := p.Org.Look(r.Context())
	if fail != nil {
		return fail
	}
	may, fail := p.Service.Manages(r.Context(), c.ID)
	if fail != nil {
		return fail
	}
	ui.Render(w, r, status, forcePage(route.Frame(r), forceView{c, f, form, d, may && c.State != campaign.Archived}, err))
	return nil
}

func (p *Pages) setForce(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "role", "post", "person", "unit")
	if err != nil {
		return err
	}
	c, old, err := p.managed(r)
	if err != nil {
		return err
	}
	form := forceForm{v["role"], v["post"], v["person"], v["unit"]}
	f := campaign.TaskForce{CampaignID: c.ID}
	for i := range form.len() {
		m := campaign.Member{Role: campaign.MemberRole(form.Roles[i]), PostID: id.Parse(at(form.Posts, i)), PersonID: id.Parse(at(form.People, i)), UnitID: id.Parse(at(form.Units, i))}
		if m.Role == "" && m.PostID == 0 && m.PersonID == 0 && m.UnitID == 0 || m.Role == "out" {
			continue
		}
		f.Members = append(f.Members, m)
	}
	if _, err = p.Service.SetTaskForce(r.Context(), ui.RowVersion(r), f); err != nil {
		if refused(err) {
			return p.showForce(w, r, route.Status(err), c, old, form, err)
		}
		return err
	}
	route.SetFlash(w, r, "专班名单已存", "")
	route.Redirect(w, r, campaignHref(c.ID))
	return nil
}

func (p *Pages) archive(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "summary")
	if err != nil {
		return err
	}
	c, err := p.Service.Archive(r.Context(), pathID(r, "id"), ui.RowVersion(r), v.Get("summary"))
	if err != nil {
		if refused(err) {
			return p.showCampaign(w, r, route.Status(err), v.Get("summary"), err)
		}
		return err
	}
	route.SetFlash(w, r, "“"+c.Name+"”已归档", "")
	route.Redirect(w, r, campaignHref(c.ID))
	return nil
}

// upload looks at the file of a form's field; nil if none was chosen.
func upload(r *http.Request, name string) (*evidence.File, error) {
	fileName, b, err := raw(r, name, evidence.MaxSize)
	if err != nil || b == nil {
		return nil, err
	}
	f, err := evidence.Inspect(fileName, b)
	if err != nil {
		return nil, err
	}
	return &f, nil
}

// campaignView is a campaign at one look.
type campaignView struct {
	campaign.Overview
	progressed
	Month   period.Month // that is looked at
	Dir     *org.Directory
	Today   string
	Who     auth.Actor
	Filter  string
	Query   url.Values
	Shown   []campaign.Line // of the filter
	More    int             // lines of the filter that are not shown yet
	Summary string          // as typed for the archive
}

// progressed is how far a campaign is, as the cockpit says it.
type progressed struct {
	Points []cockpit.Point // months, the last one being where it stands
}

func progressOf(at cockpit.Standing, c campaign.Campaign) progressed {
	return progressed{cockpit.Series(at.Months, c.ID, c.From, min(at.Month, c.To))}
}

// Now returns where it stands; ok is false before its plan begins.
func (s progressed) Now() (p cockpit.Point, ok bool) {
	if n := len(s.Points); n > 0 {
		return s.Points[n-1], true
	}
	return p, false
}

// due is the plan at the end of a month (应达) as a share of the target, percent ×100.
func due(l campaign.Line, m period.Month) int64 { return task.Ratio(l.Plan.Pace(m), l.Plan.Target) }

// age says which month a value is of, if it is older than the month that is looked at: 8 月.
func age(l campaign.Line, m period.Month) string {
	if asOf := l.Task.Standing.AsOf; asOf < min(m, l.Plan.To) {
		return fmt.Sprintf("%d 月", asOf.Number())
	}
	return ""
}

const pageLines = 20

func (p *Pages) campaign(w http.ResponseWriter, r *http.Request) error {
	return p.showCampaign(w, r, http.StatusOK, "", nil)
}

func (p *Pages) showCampaign(w http.ResponseWriter, r *http.Request, status int, summary string, refusal error) (err error) {
	ctx := r.Context()
	v := campaignView{Today: p.today(), Filter: r.URL.Query().Get("light"), Query: r.URL.Query(), Summary: summary}
	if v.Who, err = auth.From(ctx); err != nil {
		return err
	}
	if v.Overview, err = p.Service.CampaignOverview(ctx, pathID(r, "id")); err != nil {
		return err
	}
	at, err := p.Boards.Standing(ctx)
	if err != nil {
		return err
	}
	v.Month, v.progressed = at.Month, progressOf(at, v.Campaign)
	if v.Dir, err = p.Org.Look(ctx); err != nil {
		return err
	}
	want, _ := strconv.Atoi(r.URL.Query().Get("n"))
	want = min(max(want, pageLines), 5000)
	for _, l := range v.Lines {
		if !v.passes(v.Filter, l) {
			continue
		}
		if len(v.Shown) < want {
			v.Shown = append(v.Shown, l)
		} else {
			v.More++
		}
	}
	ui.Render(w, r, status, campaignPage(route.Frame(r), v, refusal))
	return nil
}

// The filters of the task book.
const (
	filterDue   = "due30" // 30 天内到期
	filterCheck = "check" // 待核验
)

func (v campaignView) passes(filter string, l campaign.Line) bool {
	switch t := l.Task; filter {
	case "":
		return true
	case filterDue:
		return t.Deadline >= v.Today && t.Deadline <= addDays(v.Today, 30) && (t.State == task.Open || t.State == task.Completed)
	case filterCheck:
		return !l.Hidden && (t.State == task.Completed || t.State == task.Open && t.Standing.DoneKind == indicator.Reported)
	default:
		return string(t.Standing.Light) == filter
	}
}

func (v campaignView) countOf(filter string) (n int) {
	for _, l := range v.Lines {
		if v.passes(filter, l) {
			n++
		}
	}
	return n
}

func addDays(day string, n int) string {
	t, err := period.ParseDay(day)
	if err != nil {
		return ""
	}
	return period.Day(t.AddDate(0, 0, n))
}

// percent prints percent ×100 with one decimal at most, rounded half away from zero: 5512 is 55.1%.
func percent(x int64) string {
	if x < 0 {
		return "−" + percent(-x)
	}
	x = (x + 5) / 10
	if x%10 == 0 {
		return fmt.Sprintf("%d%%", x/10)
	}
	return fmt.Sprintf("%d.%d%%", x/10, x%10)
}

// lead says in words how far ahead or behind: percentage points ×100.
// whole prints a share as the cockpit does: in whole percents, with one decimal where it would read as the one beside it and is not.
func whole(x, beside int64) string {
	round := func(x int64) int64 { return (x + 50) / 100 * 100 }
	if x != beside && round(x) == round(beside) {
		return percent(x)
	}
	return percent(round(x))
}

func lead(x int64) string {
	n := strings.TrimSuffix(percent(max(x, -x)), "%")
	switch {
	case n == "0":
		return "与应达持平"
	case x < 0:
		return "落后 " + n + " 个百分点"
	}
	return "超前 " + n + " 个百分点"
}
