package campaignweb

import (
	"fmt"
	"net/http"

	"duban/internal/area/campaign"
	"duban/internal/base/id"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// bookView is a unit's task book as it is printed.
type bookView struct {
	campaign.BookView
	Dir       *org.Directory
	Issues    bool // the reader may hand it out
	MayAccept bool
}

func (p *Pages) book(w http.ResponseWriter, r *http.Request) error {
	return p.showBook(w, r, http.StatusOK, nil)
}

func bookHref(campaignID, unitID int64) string {
	return campaignHref(campaignID) + "/books/" + id.Format(unitID)
}

func (p *Pages) showBook(w http.ResponseWriter, r *http.Request, status int, refusal error) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	v := bookView{}
	if v.BookView, err = p.Service.TaskBookOf(r.Context(), pathID(r, "id"), pathID(r, "unit")); err != nil {
		return err
	}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	manages, err := p.Service.Manages(r.Context(), v.Campaign.ID)
	if err != nil {
		return err
	}
	v.Issues = manages && who.May(campaign.MayIssue) && len(v.Items) > 0 && v.Campaign.State != campaign.Archived && (v.Book.State == campaign.NotIssued || v.Book.Items != int64(len(v.Items)))
	v.MayAccept = v.Book.State == campaign.Issued && who.InUnit(v.Book.UnitID) && who.May(campaign.MayAccept)
	ui.Render(w, r, status, bookPage(route.Frame(r), v, refusal))
	return nil
}

// issueBooks hands the books to the unit named, or to every unit that has items and no current book.
func (p *Pages) issueBooks(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "unit")
	if err != nil {
		return err
	}
	campaignID := pathID(r, "id")
	var units []int64
	to := campaignHref(campaignID)
	if u := id.Parse(v.Get("unit")); u != 0 {
		units, to = []int64{u}, bookHref(campaignID, u)
	}
	list, err := p.Service.IssueTaskBook(r.Context(), ui.RequestKey(r), campaignID, units...)
	if err != nil {
		if refused(err) {
			return p.showCampaign(w, r, route.Status(err), "", err)
		}
		return err
	}
	route.SetFlash(w, r, fmt.Sprintf("已下达 %d 份任务书，等单位签收", len(list)), "")
	route.Redirect(w, r, to)
	return nil
}

func (p *Pages) acceptBook(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "book")
	if err != nil {
		return err
	}
	if _, err := p.Service.AcceptTaskBook(r.Context(), ui.RequestKey(r), id.Parse(v.Get("book")), ui.RowVersion(r)); err != nil {
		if refused(err) {
			return p.showBook(w, r, route.Status(err), err)
		}
		return err
	}
	route.SetFlash(w, r, "任务书已签收", "")
	route.Redirect(w, r, bookHref(pathID(r, "id"), pathID(r, "unit")))
	return nil
}
