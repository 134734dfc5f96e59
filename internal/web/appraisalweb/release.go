package appraisalweb

import (
	"net/http"
	"strconv"

	"duban/internal/area/appraisal"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// releasing is the form that changes a release, as typed.
type releasing struct{ Release, Reason, DocNo string }

// releaseView is a round's versions of publication, and one of them as the group saw it.
type releaseView struct {
	View    appraisal.View
	Dir     *org.Directory
	Number  int64 // of the version shown; 0 shows none
	Release appraisal.Release
	Boards  []appraisal.Board
	May     bool
	Form    releasing
	Err     error
}

// rereleasable says whether the actor may change the release.
func rereleasable(v appraisal.View, who auth.Actor) bool {
	return who.May(appraisal.MayApprove) && v.Round.State.Reached(appraisal.Published) && who.ID != v.Round.ComputedBy
}

func (p *Pages) release(w http.ResponseWriter, r *http.Request) error {
	return p.showRelease(w, r, releasing{}, nil)
}

func (p *Pages) showRelease(w http.ResponseWriter, r *http.Request, form releasing, refused error) error {
	n := id.Parse(r.PathValue("id"))
	view, err := p.Rounds.ShowAt(r.Context(), n, 0)
	if err != nil {
		return err
	}
	if !view.Round.State.Reached(appraisal.Published) {
		return errs.New(errs.Conflict, "%s还没有发布。发布以后才能改发布口径。", view.Round.Title)
	}
	who, _ := auth.From(r.Context())
	v := releaseView{View: view, May: rereleasable(view, who), Form: form, Err: refused}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if view.Full {
		if v.Number = id.Parse(r.URL.Query().Get("n")); v.Number == 0 {
			v.Number = int64(len(view.Releases)) + 1
		}
		old, rel, err := p.Rounds.Released(r.Context(), n, v.Number)
		if err != nil {
			return err
		}
		v.Boards, v.Release = old.Boards, rel
	}
	ui.Render(w, r, ui.Status(refused), releasePage(p.frame(r, view.Round, "发布口径"), v))
	return nil
}

func (p *Pages) postRelease(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "release", "reason", "doc_no")
	if err != nil {
		return err
	}
	form := releasing{v.Get("release"), v.Get("reason"), v.Get("doc_no")}
	n := id.Parse(r.PathValue("id"))
	x, err := p.Rounds.ChangeRelease(r.Context(), ui.RequestKey(r), n, ui.RowVersion(r), appraisal.Release(form.Release), form.Reason, form.DocNo)
	if err != nil {
		return p.again(err, func() error { return p.showRelease(w, r, form, err) })
	}
	route.SetFlash(w, r, "发布口径已改为“"+x.Release.Chinese()+"”，页面和以后下载的证明都按新口径", "")
	route.Redirect(w, r, "/appraisal/"+id.Format(n)+"/release")
	return nil
}

// versions are the versions of the publication, the newest first.
func (v releaseView) versions() (out []releaseVersion) {
	r := v.View.Round
	first := releaseVersion{Number: 1, Release: r.Release, DocNo: r.DocNo, At: r.PublishedAt, Say: "发布"}
	if len(v.View.Releases) > 0 {
		first.Release = v.View.Releases[0].Was
	}
	out = append(out, first)
	for _, x := range v.View.Releases {
		out = append([]releaseVersion{{Number: x.Number, Release: x.Now, DocNo: x.DocNo, At: x.At, Say: x.Reason, By: x.DecidedBy}}, out...)
	}
	return out
}

type releaseVersion struct {
	Number, At, By int64
	Release        appraisal.Release
	DocNo, Say     string
}

func (x releaseVersion) name() string { return "第 " + strconv.FormatInt(x.Number, 10) + " 版" }

// other is the release that a change would bring.
func (v releaseView) other() appraisal.Release {
	if v.View.Round.Release == appraisal.ByTier {
		return appraisal.ByRank
	}
	return appraisal.ByTier
}

// means says what a change to the other release would do.
func (v releaseView) means() string {
	if v.other() == appraisal.ByRank {
		return "改后，同组单位互相看得到总分、名次和各项得分；以后下载的证明带全组得分。"
	}
	return "改后，同组单位只看得到彼此的档次；以后下载的证明只带本单位得分。已经看过、下载过的收不回来。"
}
