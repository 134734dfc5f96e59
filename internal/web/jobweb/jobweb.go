package jobweb

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/base/period"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/outbox"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// Path is the page's address.
const Path = "/admin/jobs"

// Jobs is what the page asks for; *outbox.Outbox does it.
type Jobs interface {
	Dead(ctx context.Context, regionID int64) ([]outbox.Job, error)
	Revive(ctx context.Context, regionID, id int64) error
}

// Log notes who sent what round again; *audit.Log does.
type Log interface {
	Note(ctx context.Context, e audit.Entry)
}

// Pages are the pages of this package.
type Pages struct {
	Jobs Jobs
	Log  Log
}

// Nav is the entry of the main navigation.
func Nav() []route.Nav {
	return []route.Nav{{Href: Path, Label: "后台作业", Icon: "refresh", Permission: outbox.Retry}}
}

// Register enters the routes.
func (p *Pages) Register(g *route.Registry) {
	g.Handle("GET "+Path, outbox.Retry, p.list)
	g.Handle("POST "+Path+"/{place}/{id}/retry", outbox.Retry, p.retry)
}

// Where a job belongs: the region's own, or the installation's (the nightly ones).
const (
	ours  = "own"
	house = "installation"
)

type row struct {
	outbox.Job
	Place string
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) error {
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	var rows []row
	for _, x := range []struct {
		place  string
		region int64
	}{{ours, who.RegionID}, {house, 0}} {
		list, err := p.Jobs.Dead(r.Context(), x.region)
		if err != nil {
			return err
		}
		for _, j := range list {
			rows = append(rows, row{j, x.place})
		}
	}
	ui.Render(w, r, http.StatusOK, page(route.Frame(r), rows))
	return nil
}

func (p *Pages) retry(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	who, err := auth.From(r.Context())
	if err != nil {
		return err
	}
	region, job := who.RegionID, id.Parse(r.PathValue("id"))
	switch r.PathValue("place") {
	case ours:
	case house:
		region = 0
	default:
		return errs.New(errs.NotFound, "没有这个页面")
	}
	err = p.Jobs.Revive(r.Context(), region, job)
	result := "ok"
	if err != nil {
		result = errs.Say(err)
	}
	p.Log.Note(r.Context(), audit.Entry{RegionID: who.RegionID, PersonID: who.ID, Act: audit.ActJob, Object: "job:" + id.Format(job), Result: result})
	switch errs.KindOf(err) {
	case errs.NotFound: // somebody was quicker, or pressed twice: the list says what is left
		route.SetFlash(w, r, "这件作业已经重跑，或者已不在了", "")
	default:
		if err != nil {
			return err
		}
		route.SetFlash(w, r, "已重新排上，几秒钟内会再跑；再失败会回到这里", "")
	}
	route.Redirect(w, r, Path)
	return nil
}

// words says what a kind of job does. One that is not named here stands as it is.
var words = []struct{ prefix, text string }{
	{"fact:cockpit.", "重算驾驶舱和挂图作战的数"}, {"fact:todo.", "发待办"}, {"fact:conduct.", "归集作风线索"}, {"every:ledger.checkpoint", "台账签封"}, {"every:task.refresh", "每日重算灯"},
	{"every:sqldb.optimize", "数据库每日整理"}, {"every:outbox.purge", "清理跑完的作业"}, {"every:task.drafts", "清理过期草稿"}, {"every:campaign.previews", "清理过期的导入预览"},
	{"every:conduct.detect", "每月找作风线索"}, {"every:burden.ensure", "登记减负账本"}, {"every:evidence.scrub", "核对佐证文件"},
}

func word(kind string) string {
	for _, w := range words {
		if strings.HasPrefix(kind, w.prefix) {
			return w.text
		}
	}
	return kind
}

// cause is the first line of what went wrong.
func cause(j outbox.Job) string {
	s, _, _ := strings.Cut(j.Error, "\n")
	return s
}

func failed(j outbox.Job) string {
	return j.FailedAt().In(period.Beijing).Format("2006-01-02 15:04")
}

func lede(rows []row) string {
	if len(rows) == 0 {
		return "没有失败的后台作业。"
	}
	last := time.Time{}
	for _, x := range rows {
		if x.FailedAt().After(last) {
			last = x.FailedAt()
		}
	}
	return fmt.Sprintf("**%d 件**后台作业试了 %d 次都没有成功，不再自动重试；最近一件在 %s。", len(rows), outbox.MaxAttempts, last.In(period.Beijing).Format("1-2 15:04"))
}
