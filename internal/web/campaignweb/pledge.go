package campaignweb

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"duban/internal/area/campaign"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/ref"
	"duban/internal/office/gb9704"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	paperpage "duban/internal/web/paper"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// signRate keeps a password from being tried out at the signing form.
var signRate = route.Limit{Name: "sign", N: 10, Per: 10 * time.Minute}

const docxMedia = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// pledgeForm is the form by which a confirmation is drafted, as typed.
type pledgeForm struct{ Unit, Campaign, Kind, BasisDocNo, BasisLevel, Leader string }

// pledgesView is the list of confirmations.
type pledgesView struct {
	List      []campaign.PledgeView
	Campaigns []campaign.Card
	Dir       *org.Directory
	Filter    string // open: 待签
	Campaign  int64
	Form      pledgeForm
	Who       auth.Actor
	MayChase  bool
	MayDraft  bool
}

func (v pledgesView) count() (signed, open int) {
	for _, x := range v.List {
		if x.Complete() {
			signed++
		} else {
			open++
		}
	}
	return signed, open
}

func (p *Pages) pledges(w http.ResponseWriter, r *http.Request) error {
	return p.showPledges(w, r, http.StatusOK, pledgeForm{Campaign: r.URL.Query().Get("campaign"), Unit: r.URL.Query().Get("unit")}, nil)
}

func (p *Pages) showPledges(w http.ResponseWriter, r *http.Request, status int, f pledgeForm, refusal error) (err error) {
	v := pledgesView{Filter: r.URL.Query().Get("state"), Campaign: id.Parse(r.URL.Query().Get("campaign")), Form: f}
	if v.Who, err = auth.From(r.Context()); err != nil {
		return err
	}
	if v.List, err = p.Service.Pledges(r.Context(), campaign.PledgeFilter{CampaignID: v.Campaign}); err != nil {
		return err
	}
	if v.Campaigns, err = p.Service.Campaigns(r.Context()); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	v.MayChase, v.MayDraft = v.Who.Has(auth.Supervisor), v.Who.May(campaign.MayDraft)
	ui.Render(w, r, status, pledgesPage(route.Frame(r), v, refusal))
	return nil
}

func (p *Pages) draftPledge(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "unit", "campaign", "kind", "basis_doc_no", "basis_level", "leader_post")
	if err != nil {
		return err
	}
	f := pledgeForm{v.Get("unit"), v.Get("campaign"), v.Get("kind"), v.Get("basis_doc_no"), v.Get("basis_level"), v.Get("leader_post")}
	var x campaign.Pledge
	if f.Unit == "" {
		err = errs.At("unit", "还没有选由哪个单位签。")
	} else {
		x, err = p.Service.DraftPledge(r.Context(), campaign.PledgeDrafting{UnitID: id.Parse(f.Unit), CampaignID: id.Parse(f.Campaign), Form: campaign.PledgeForm(f.Kind),
			BasisDocNo: f.BasisDocNo, BasisLevel: campaign.BasisLevel(f.BasisLevel), LeaderPost: id.Parse(f.Leader)})
	}
	if err != nil {
		if refused(err) {
			return p.showPledges(w, r, route.Status(err), f, err)
		}
		return err
	}
	route.SetFlash(w, r, x.Form.Chinese()+"已拟好，等双方签字", "")
	route.Redirect(w, r, pledgeHref(x.ID))
	return nil
}

func pledgeHref(pledgeID int64) string { return "/pledges/" + id.Format(pledgeID) }

func (p *Pages) chase(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	n, err := p.Service.ChasePledges(r.Context())
	if err != nil {
		return err
	}
	words := fmt.Sprintf("已催签 %d 份", n)
	if n == 0 {
		words = "没有要催的：都签了，或者今天已经催过"
	}
	route.SetFlash(w, r, words, "")
	route.Redirect(w, r, "/pledges?state=open")
	return nil
}

// pledgeView is a confirmation as a paper, with who has signed it.
type pledgeView struct {
	campaign.PledgeView
	Signatures []campaign.Signature
	Dir        *org.Directory
	Paper      paper
	MayDraft   bool
	Proof      string
}

func (p *Pages) pledgeOf(r *http.Request) (v pledgeView, err error) {
	who, err := auth.From(r.Context())
	if err != nil {
		return v, err
	}
	if v.PledgeView, err = p.Service.Pledge(r.Context(), pathID(r, "id")); err != nil {
		return v, err
	}
	if v.Signatures, err = p.Service.Signatures(r.Context(), v.ID); err != nil {
		return v, err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return v, err
	}
	v.Paper = readPaper(v.Text)
	v.MayDraft = who.May(campaign.MayDraft) && v.State != campaign.PledgeReplaced && (who.Has(auth.Supervisor, auth.TaskForce) || who.InUnit(v.UnitID))
	if p.Proof != nil && mayProve(r) {
		v.Proof = p.Proof(ref.Ref{Kind: campaign.PledgeKind, ID: v.ID})
	}
	return v, nil
}

func (p *Pages) pledge(w http.ResponseWriter, r *http.Request) error {
	v, err := p.pledgeOf(r)
	if err != nil {
		return err
	}
	ui.Render(w, r, http.StatusOK, pledgePage(route.Frame(r), v, nil))
	return nil
}

func (p *Pages) sign(w http.ResponseWriter, r *http.Request) error {
	f, err := route.Form(r, "password")
	if err != nil {
		return err
	}
	_, err = p.Service.SignPledge(r.Context(), ui.RequestKey(r), pathID(r, "id"), ui.RowVersion(r), f.Get("password"))
	if errs.KindOf(err) == errs.Unauthorized { // the password was wrong; the session lives on
		err = errs.At("password", "%s", errs.Say(err))
	}
	if err != nil {
		if refused(err) || errs.KindOf(err) == errs.Forbidden || errs.KindOf(err) == errs.TooMany {
			v, fail := p.pledgeOf(r)
			if fail != nil {
				return fail
			}
			ui.Render(w, r, route.Status(err), pledgePage(route.Frame(r), v, err))
			return nil
		}
		return err
	}
	route.SetFlash(w, r, "已签字，签名已存证", "")
	route.Redirect(w, r, pledgeHref(pathID(r, "id")))
	return nil
}

// paper is the signed text, read back into its parts: the paper is made from what was signed and from nothing else.
type paper struct {
	Title    string
	Sub      string // region, year, version
	Parties  []string
	Items    []paperItem
	Total    string
	Terms    []string
	Leftover []string // lines that are none of these; there are none in a text of ours
}

// paperItem is one item of the text.
type paperItem struct {
	Campaign, No, Title, Standard, Indicator, Target, Deadline, Points string
	Quarters                                                           [4]string
}

// readPaper reads the canonical text of a pledge, line by line. It is pure.
func readPaper(text string) (p paper) {
	part, group := 0, ""
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		rest, inner := strings.CutPrefix(line, "　　")
		var last *paperItem
		if n := len(p.Items); n > 0 {
			last = &p.Items[n-1]
		}
		switch {
		case i == 0:
			p.Title = line
		case i == 1:
			p.Sub = line
		case line == "":
		case line == "一、目标任务":
			part = 1
		case line == "二、约定":
			part = 2
		case part == 0:
			p.Parties = append(p.Parties, line)
		case part == 2:
			p.Terms = append(p.Terms, line)
		case inner && last != nil:
			last.read(rest)
		case strings.HasPrefix(line, "合计 "):
			p.Total = line
		default:
			if no, title, ok := strings.Cut(line, "　"); ok && no != "" && unicode.IsUpper(rune(no[0])) {
				p.Items = append(p.Items, paperItem{Campaign: group, No: no, Title: title})
			} else {
				group = line
			}
		}
	}
	return p
}

func (x *paperItem) read(line string) {
	name, value, _ := strings.Cut(line, "：")
	switch name {
	case "完成标准":
		x.Standard = value
	case "目标":
		if i := strings.LastIndex(value, "　"); i >= 0 {
			x.Indicator, x.Target = value[:i], value[i+len("　"):]
		} else {
			x.Target = value
		}
	case "季度累计":
		for _, s := range strings.Split(value, "；") {
			when, v, _ := strings.Cut(s, " ")
			for i, q := range []string{"一季度", "二季度", "三季度", "四季度"} {
				if strings.HasSuffix(when, q) {
					x.Quarters[i] = v
				}
			}
		}
	case "时限":
		day, points, _ := strings.Cut(value, "　分值：")
		x.Deadline, x.Points = day, points
	}
}

// party returns what stands behind 甲方： or 乙方：.
func (p paper) party(name string) string {
	for _, s := range p.Parties {
		if v, ok := strings.CutPrefix(s, name+"："); ok {
			return v
		}
	}
	return ""
}

// sheets cuts the lines of the paper into pages of 22 lines of 28 characters, so that the print has exactly the pages of the screen.
//
// Source: design language §12 (GB/T 9704-2012).
func sheets(lines []string) (out [][]string) {
	const perPage, perLine = 22, 28
	var page []string
	used := 3 // title and subtitle of the first page
	for _, l := range lines {
		n := (width(l) + 2 + perLine - 1) / perLine
		if used+n > perPage && len(page) > 0 {
			var next []string
			if last := page[len(page)-1]; heading(last) { // a heading stays with what it heads
				page, next = page[:len(page)-1], []string{last}
			}
			out, page, used = append(out, page), next, len(next)
		}
		page, used = append(page, l), used+n
	}
	if n := len(out) - 1; n >= 0 { // both signatures and the fingerprint stay together
		const together = 3
		last := out[n]
		move := max(0, min(together-len(page), len(last)-1))
		out[n], page = last[:len(last)-move:len(last)-move], append(append([]string(nil), last[len(last)-move:]...), page...)
	}
	return append(out, page)
}

// width counts a line in characters of the paper: two of a Latin letter make one.
func width(s string) int {
	half := 0
	for _, r := range s {
		if r < 0x2e80 {
			half++
		} else {
			half += 2
		}
	}
	return (half + 1) / 2
}

// body is the text without its title, as paragraphs.
func (v pledgeView) body() (out []string) {
	for i, l := range strings.Split(strings.TrimRight(v.Text, "\n"), "\n") {
		if i > 1 && l != "" {
			out = append(out, strings.TrimPrefix(l, "　　"))
		}
	}
	for _, s := range []campaign.SideView{v.Unit, v.Leader} {
		when := "（未签）"
		if s.Signed != nil {
			when = "　签于 " + clock(s.Signed.At)
		}
		out = append(out, map[campaign.Side]string{campaign.UnitSide: "乙方签字：", campaign.LeaderSide: "甲方签字："}[s.Side]+signer(v.Dir, s)+when)
	}
	return append(out, "全文指纹（SHA-256）："+grouped(v.SHA256()))
}

// grouped parts a fingerprint, so that a line of a paper can break in it and two people can read it to each other.
func grouped(s string) string {
	var out []string
	for len(s) > 8 {
		out, s = append(out, s[:8]), s[8:]
	}
	return strings.Join(append(out, s), " ")
}

// signer names who signed a side, or whose turn it is.
func signer(d *org.Directory, s campaign.SideView) string {
	if s.Signed == nil {
		return d.PostText(s.PostID)
	}
	title := ""
	if x := d.Post(s.Signed.PostID); x != nil {
		title = "　" + x.Title
	}
	return d.PersonName(s.Signed.PersonID) + title
}

// agreement is the same paper for Word.
func (v pledgeView) agreement() gb9704.Agreement {
	x := v.Paper
	region := ""
	if i := strings.Index(x.Sub, "　"); i > 0 {
		region = x.Sub[:i]
	}
	year := strconv.FormatInt(v.Year, 10)
	a := gb9704.Agreement{Title: region + year + "年" + x.Title, Number: fmt.Sprintf("%s-%s-第%d版", year, v.Dir.UnitName(v.UnitID), v.Revision), PartyA: x.party("甲方"), PartyB: x.party("乙方"), From: year + "-01-01", To: year + "-12-31"}
	for _, i := range x.Items {
		name := i.Title
		if i.Indicator != "" && i.Indicator != i.Title {
			name += "（" + i.Indicator + "）"
		}
		if i.Standard != "" {
			name += "。完成标准：" + i.Standard
		}
		a.Targets = append(a.Targets, gb9704.Target{Code: i.No, Indicator: name, Year: i.Target, Quarters: i.Quarters, Points: i.Points, Deadline: i.Deadline})
	}
	if len(x.Terms) > 0 {
		a.Duties, a.Rules = x.Terms[:1], x.Terms[1:]
	}
	for _, s := range []campaign.SideView{v.Unit, v.Leader} {
		if s.Signed == nil {
			continue
		}
		name, day := signer(v.Dir, s), clock(s.Signed.At)[:10]
		if s.Side == campaign.LeaderSide {
			a.SignerA, a.SignedA = name, day
		} else {
			a.SignerB, a.SignedB = name, day
		}
	}
	if v.SignedAt != 0 {
		a.Receipt = gb9704.Receipt{Serial: "QRS-" + id.Format(v.ID), At: clock(v.SignedAt), Digest: "SHA-256 " + v.SHA256(), Where: "在本系统“确认书”页打开这一份，核对全文指纹；台账可离线核验。"}
	}
	return a
}

// firstSigned is the instant from which the paper no longer changes its look: its first signature; 0 before that.
func (v pledgeView) firstSigned() (at int64) {
	for _, s := range []campaign.SideView{v.Unit, v.Leader} {
		if s.Signed != nil && (at == 0 || s.Signed.At < at) {
			at = s.Signed.At
		}
	}
	return at
}

func (p *Pages) paper(w http.ResponseWriter, r *http.Request) error {
	v, err := p.pledgeOf(r)
	if err != nil {
		return err
	}
	a := v.agreement()
	name, data := gb9704.ConfirmationName, gb9704.Paper(gb9704.Confirmation(a))
	if v.Form == campaign.Responsibility {
		a.Basis = gb9704.Basis{Name: v.BasisDocNo, Number: v.BasisDocNo, Level: v.BasisLevel.Chinese()}
		name, data = gb9704.PledgeName, gb9704.Pledge(a)
	}
	b, err := paperpage.Word(r.Context(), p.Templates, name, v.firstSigned(), data)
	if err != nil {
		return err
	}
	attach(w, docxMedia, a.Title+"（"+a.PartyB+"）.docx")
	_, err = w.Write(b)
	return err
}

func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return "?" + v.Encode()
}
