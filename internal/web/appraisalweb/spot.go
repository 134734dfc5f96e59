package appraisalweb

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"duban/internal/area/appraisal"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"

	"github.com/a-h/templ"
)

// answered is what stands in the form of a spot check.
type answered struct{ Answer, Found, Evidence string }

type spotsView struct {
	appraisal.Spots
	Dir   *org.Directory
	Names map[int64]string
	Who   auth.Actor
	Asked *appraisal.Spot // the one in the form
	Typed answered
	Err   error
}

func (p *Pages) spots(w http.ResponseWriter, r *http.Request) error {
	return p.showSpots(w, r, id.Parse(r.URL.Query().Get("item")), answered{}, nil)
}

func (p *Pages) showSpots(w http.ResponseWriter, r *http.Request, item int64, t answered, refused error) error {
	x, err := p.Rounds.SpotsOf(r.Context(), id.Parse(r.PathValue("id")))
	if err != nil {
		return err
	}
	d, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	v := spotsView{Spots: x, Dir: d, Who: who, Typed: t, Err: refused}
	for i, y := range x.List {
		if v.may(y) && (y.ID == item || item == 0 && y.Answer == "" && v.Asked == nil) {
			v.Asked = &x.List[i]
		}
	}
	if v.Asked != nil && refused == nil {
		v.Typed = answered{string(v.Asked.Answer), v.Asked.Found, v.Asked.Evidence}
	}
	if p.Tasks != nil {
		var ids []int64
		for _, y := range x.List {
			if n := taskOf(y.Source); n != 0 {
				ids = append(ids, n)
			}
		}
		if v.Names, err = p.Tasks.TaskNames(r.Context(), ids); err != nil {
			return err
		}
	}
	ui.Render(w, r, ui.Status(refused), spotsPage(p.frame(r, x.Round, "抽查"), v))
	return nil
}

func (p *Pages) answerSpot(w http.ResponseWriter, r *http.Request) error {
	f, err := route.Form(r, "answer", "found", "evidence")
	if err != nil {
		return err
	}
	t := answered{f.Get("answer"), f.Get("found"), f.Get("evidence")}
	n := id.Parse(r.PathValue("spot"))
	if _, err := p.Rounds.AnswerSpot(r.Context(), ui.RequestKey(r), n, ui.RowVersion(r), appraisal.Answer(t.Answer), t.Found, t.Evidence); err != nil {
		if errs.KindOf(err) == errs.NotFound {
			return err
		}
		return p.again(err, func() error { return p.showSpots(w, r, n, t, err) })
	}
	route.SetFlash(w, r, "已记下核对结果", "")
	route.Redirect(w, r, "/appraisal/"+r.PathValue("id")+"/spots")
	return nil
}

// may says whether the actor is offered to answer a spot.
func (v spotsView) may(x appraisal.Spot) bool {
	return v.Round.State == appraisal.Confirmed && v.Who.May(appraisal.MayCheck) && v.Barred[x.ID] == ""
}

func (v spotsView) href(x appraisal.Spot) string {
	return "/appraisal/" + id.Format(v.Round.ID) + "/spots?item=" + id.Format(x.ID)
}

// name is what a spot's value is of.
func (v spotsView) name(x appraisal.Spot) string {
	if n := v.Names[taskOf(x.Source)]; n != "" {
		return n
	}
	return x.Item
}

func (v spotsView) summary() string {
	s := fmt.Sprintf("%d 个数里抽了 %d 个，已核对 %d 个", v.Draw.Of, len(v.List), len(v.List)-v.Open())
	n := 0
	for _, x := range v.List {
		if x.Answer == appraisal.Differs {
			n++
		}
	}
	if n > 0 {
		s += fmt.Sprintf("，%d 个不一致，初核通过时按核对的数重算", n)
	}
	return s + "。"
}

// redraw tells how anybody draws the same again.
const redraw = "是确认数据时台账的根和条数，谁也挑不了。把种子、竖线和数据来源连起来取 SHA-256，有风险的先取，其余从小到大取，就能重抽一遍。"

// broken is a long word of letters and digits that a narrow screen may break, and that is copied in one piece.
func broken(word string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		for i := 0; i < len(word); i += 8 {
			if i > 0 {
				if _, err := io.WriteString(w, "<wbr>"); err != nil {
					return err
				}
			}
			if _, err := io.WriteString(w, templ.EscapeString(word[i:min(i+8, len(word))])); err != nil {
				return err
			}
		}
		return nil
	})
}

func (v spotsView) none() string {
	switch {
	case v.Round.Kind == appraisal.YearEnd:
		return "年终得分由各期评比汇总而来，抽查在各期做。"
	case !v.Round.State.Reached(appraisal.Confirmed):
		return "数据来源确认以后，由程序抽取。"
	}
	return "这一轮没有抽查记录。"
}
