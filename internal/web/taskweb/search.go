package taskweb

import (
	"net/http"
	"strings"

	"duban/internal/spine/auth"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// shown is how many tasks and how many units a search shows.
const shown = 50

type searchView struct {
	Query string
	Tasks []task.Task
	More  bool
	Units []*org.Unit
	Dir   *org.Directory
	All   bool // the reader may search every unit's tasks
}

// search finds tasks by number, title and document, and units by name, among what the reader may see.
func (p *Pages) search(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who, err := auth.From(ctx)
	if err != nil {
		return err
	}
	v := searchView{Query: strings.TrimSpace(r.URL.Query().Get("q")), All: who.Overseer()}
	if n := []rune(v.Query); len(n) > 60 {
		v.Query = string(n[:60])
	}
	if v.Dir, err = p.Org.Look(ctx); err != nil {
		return err
	}
	if v.Query != "" {
		list, err := p.Tasks.Tasks(ctx, task.Filter{})
		if err != nil {
			return err
		}
		for _, t := range list {
			if !match(v.Query, t.No, t.Title, v.Dir.UnitName(t.LeadUnit)) {
				continue
			}
			if len(v.Tasks) == shown {
				v.More = true
				break
			}
			v.Tasks = append(v.Tasks, t)
		}
		for _, u := range v.Dir.Units {
			if len(v.Units) < shown && match(v.Query, append([]string{u.Name, u.ShortName, u.Code}, u.Aliases...)...) {
				v.Units = append(v.Units, u)
			}
		}
	}
	f := route.Frame(r)
	f.Title, f.Query = "搜索", v.Query
	f.Lede = ui.Rich("%s", v.lede())
	ui.Render(w, r, http.StatusOK, searchPage(f, v))
	return nil
}

// match reports whether every word of the query stands in one of the texts.
func match(query string, texts ...string) bool {
	for _, word := range strings.Fields(strings.ToLower(query)) {
		found := false
		for _, t := range texts {
			found = found || strings.Contains(strings.ToLower(t), word)
		}
		if !found {
			return false
		}
	}
	return true
}

func (v searchView) lede() string {
	switch {
	case v.Query == "":
		return "写任务的编号、名称，或单位的名称；几个词用空格隔开。"
	case len(v.Tasks)+len(v.Units) == 0:
		return "没有找到“" + strings.ReplaceAll(v.Query, "**", "") + "”。"
	case v.More:
		return "任务超过 **" + str(shown) + " 项**，先列最急的；请多写几个字。"
	}
	return "找到任务 **" + str(len(v.Tasks)) + " 项**、单位 **" + str(len(v.Units)) + " 个**。"
}
