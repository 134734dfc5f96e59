package campaignweb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"duban/internal/area/campaign"
	"duban/internal/area/campaign/breakdown"
	"duban/internal/base/errs"
	"duban/internal/base/id"
	"duban/internal/office/xlsx"
	"duban/internal/spine/org"
	"duban/internal/web/importfile"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// Bounds of an import: what a person can look through in a preview.
const (
	maxImport  = 8 << 20 // bytes of a file
	maxContent = 2 << 20 // bytes of a table on its way through the mapping page: a form writes them three times as long
	importBody = maxImport + 1<<20
)

// table is a grid on its way through the mapping page: the page posts it back, and it is read and judged again.
type table struct {
	Name   string            `json:"name"`
	Rows   [][]string        `json:"rows"`
	Merges []breakdown.Range `json:"merges,omitempty"`
	First  int               `json:"first,omitempty"`
}

func (t table) grid() breakdown.Grid {
	return breakdown.Grid{Rows: t.Rows, Merges: t.Merges, FirstRow: t.First}
}

// importView is the first page of an import.
type importView struct {
	Campaign   campaign.Campaign
	Batches    []campaign.Batch
	Text       string
	FirstLeads bool
}

// mappingView is the page on which columns get their meaning.
type mappingView struct {
	Campaign   campaign.Campaign
	Table      table
	Content    string // the table as it is posted back
	Mapping    breakdown.Mapping
	Sample     [][]string // rows below the heading
	Rows       int
	FirstLeads bool
	Warnings   []string
}

func (p *Pages) importForm(w http.ResponseWriter, r *http.Request) error {
	c, _, err := p.managed(r)
	if err != nil {
		return err
	}
	return p.showImport(w, r, http.StatusOK, importView{Campaign: c}, nil)
}

func (p *Pages) showImport(w http.ResponseWriter, r *http.Request, status int, v importView, refusal error) (err error) {
	if v.Batches, err = p.Service.Batches(r.Context(), v.Campaign.ID); err != nil {
		return err
	}
	ui.Render(w, r, status, importPage(route.Frame(r), v, refusal))
	return nil
}

// readImport takes a file or pasted rows: a text goes straight to the preview, a table to the mapping page.
func (p *Pages) readImport(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "file", "text", "first_leads")
	if err != nil {
		return err
	}
	c, _, err := p.managed(r)
	if err != nil {
		return err
	}
	form := importView{Campaign: c, Text: v.Get("text"), FirstLeads: v.Get("first_leads") == "1"}
	name, content, err := raw(r, "file", maxImport)
	var read importfile.Content
	switch {
	case err != nil:
	case content != nil:
		if read, err = importfile.Open(name, content); err != nil && errs.KindOf(err) == errs.Invalid {
			err = errs.At("file", "%s", errs.Say(err))
		}
	case strings.TrimSpace(form.Text) == "":
		err = errs.At("file", "还没有选文件，也没有粘贴内容。两样选一样。")
	case strings.Contains(form.Text, "\t"):
		read.Grids = []breakdown.Grid{breakdown.ParsePaste(form.Text)}
	default:
		read.Paragraphs = strings.Split(strings.ReplaceAll(form.Text, "\r\n", "\n"), "\n")
	}
	if err == nil && len(read.Paragraphs) == 0 && len(read.Grids) == 0 {
		err = errs.At("file", "“%s”里没有内容。请看是不是选错了文件。", name)
	}
	if err != nil {
		if refused(err) {
			return p.showImport(w, r, route.Status(err), form, err)
		}
		return err
	}
	if g := widest(read.Grids); g != nil && len(read.Paragraphs) == 0 || g != nil && !hasTasks(read, c) {
		return p.showMapping(w, r, http.StatusOK, mappingView{Campaign: c, Table: table{name, g.Rows, g.Merges, g.FirstRow}, Mapping: breakdown.GuessMapping(*g), FirstLeads: form.FirstLeads, Warnings: read.Warnings}, nil)
	}
	res := read.Tasks(breakdown.Options{Year: int(c.Year), FirstLeads: form.FirstLeads})
	err = p.preview(w, r, c, campaign.Source{FileName: name, Tasks: res.Tasks, Problems: res.Problems})
	if err != nil && refused(err) {
		return p.showImport(w, r, route.Status(err), form, err)
	}
	return err
}

// hasTasks reports whether the text between the tables names tasks itself.
func hasTasks(c importfile.Content, x campaign.Campaign) bool {
	return len(breakdown.ParseText(c.Paragraphs, breakdown.Options{Year: int(x.Year)}).Tasks) > 0
}

// widest returns the table with the most rows, or nil.
func widest(list []breakdown.Grid) (best *breakdown.Grid) {
	for i, g := range list {
		if best == nil || len(g.Rows) > len(best.Rows) {
			best = &list[i]
		}
	}
	return best
}

func (p *Pages) preview(w http.ResponseWriter, r *http.Request, c campaign.Campaign, src campaign.Source) error {
	x, err := p.Service.PreviewImport(r.Context(), c.ID, src)
	if err != nil {
		return err
	}
	route.Redirect(w, r, batchHref(c.ID, x.BatchID))
	return nil
}

func batchHref(campaignID, batchID int64) string {
	return campaignHref(campaignID) + "/import/" + id.Format(batchID)
}

func (p *Pages) showMapping(w http.ResponseWriter, r *http.Request, status int, v mappingView, refusal error) error {
	b, err := json.Marshal(v.Table)
	if err != nil {
		return err
	}
	if len(b) > maxContent {
		return p.showImport(w, r, http.StatusUnprocessableEntity, importView{Campaign: v.Campaign}, errs.At("file", "这张表太大（%d 行）。请分成几个文件导入。", len(v.Table.Rows)))
	}
	v.Content, v.Rows = string(b), len(v.Table.Rows)
	from := 0
	if v.Mapping.HeadingRow >= 0 {
		from = v.Mapping.HeadingRow + max(v.Mapping.HeadingRows, 1)
	}
	for i := from; i < len(v.Table.Rows) && len(v.Sample) < 4; i++ {
		if strings.TrimSpace(strings.Join(v.Table.Rows[i], "")) != "" {
			v.Sample = append(v.Sample, v.Table.Rows[i])
		}
	}
	ui.Render(w, r, status, mappingPage(route.Frame(r), v, refusal))
	return nil
}

// mapped reads the table again with the meanings that the user has given its columns.
func (p *Pages) mapped(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "content", "first_leads", "col.*")
	if err != nil {
		return err
	}
	c, _, err := p.managed(r)
	if err != nil {
		return err
	}
	var t table
	if len(v.Get("content")) > maxContent || json.Unmarshal([]byte(v.Get("content")), &t) != nil || len(t.Rows) == 0 {
		return p.showImport(w, r, http.StatusUnprocessableEntity, importView{Campaign: c}, errs.At("file", "表格没有传完整，请重新选文件。"))
	}
	g := t.grid()
	m := breakdown.GuessMapping(g)
	for i := range m.Columns {
		name := "col." + strconv.Itoa(i)
		if f := breakdown.Field(v.Get(name)); v.Has(name) && slices.Contains(breakdown.Fields, f) {
			m.Columns[i].Field = f
		}
	}
	view := mappingView{Campaign: c, Table: t, Mapping: m, FirstLeads: v.Get("first_leads") == "1"}
	if !slices.ContainsFunc(m.Columns, func(x breakdown.Column) bool { return x.Field == breakdown.FieldText }) {
		return p.showMapping(w, r, http.StatusUnprocessableEntity, view, errs.At("col.0", "还没有说哪一列是“工作任务”。请选一列。"))
	}
	res := breakdown.ParseGrid(g, m, breakdown.Options{Year: int(c.Year), FirstLeads: view.FirstLeads})
	err = p.preview(w, r, c, campaign.Source{FileName: t.Name, Tasks: res.Tasks, Problems: res.Problems})
	if err != nil && refused(err) {
		return p.showMapping(w, r, route.Status(err), view, err)
	}
	return err
}

// batchView is an import before or after it was entered.
type batchView struct {
	Campaign campaign.Campaign
	Batch    campaign.Batch
	Preview  campaign.Preview
	Filter   string
	Dir      *org.Directory
	DocNo    string
	Unknown  []string // names that the register does not have and nothing near them
}

// batchOf returns an import of the campaign in the address.
func (p *Pages) batchOf(r *http.Request) (c campaign.Campaign, b campaign.Batch, err error) {
	if c, _, err = p.managed(r); err != nil {
		return c, b, err
	}
	if b, err = p.Service.Batch(r.Context(), pathID(r, "batch")); err != nil {
		return c, b, err
	}
	if b.CampaignID != c.ID {
		return c, b, errs.New(errs.NotFound, "")
	}
	return c, b, nil
}

func (p *Pages) batch(w http.ResponseWriter, r *http.Request) error {
	c, b, err := p.batchOf(r)
	if err != nil {
		return err
	}
	return p.showBatch(w, r, http.StatusOK, c, b, "", nil)
}

func (p *Pages) showBatch(w http.ResponseWriter, r *http.Request, status int, c campaign.Campaign, b campaign.Batch, docNo string, refusal error) (err error) {
	v := batchView{Campaign: c, Batch: b, Filter: r.URL.Query().Get("row"), DocNo: docNo}
	if v.Dir, err = p.Org.Look(r.Context()); err != nil {
		return err
	}
	if b.State == campaign.Previewed {
		if v.Preview, err = p.Service.PreviewOf(r.Context(), b.ID); err != nil {
			return err
		}
		v.Unknown = unknown(b.Source, v.Preview.Rows)
	} else {
		v.Preview.Rows = b.Rows
		for _, x := range b.Rows {
			v.count(x.Status)
		}
	}
	ui.Render(w, r, status, batchPage(route.Frame(r), v, refusal))
	return nil
}

func (v *batchView) count(s campaign.RowStatus) {
	switch s {
	case campaign.RowNew:
		v.Preview.New++
	case campaign.RowChanged:
		v.Preview.Changed++
	case campaign.RowUnchanged:
		v.Preview.Unchanged++
	case campaign.RowMend:
		v.Preview.Mend++
	}
}

// unknown lists the unit names that the preview could not find and for which it has nothing to suggest.
func unknown(src campaign.Source, rows []campaign.Row) (out []string) {
	names := map[int][]string{}
	for _, t := range src.Tasks {
		names[t.Row] = append(names[t.Row], append(append([]string{}, t.LeadUnits...), t.SupportUnits...)...)
	}
	for _, r := range rows {
		if r.Status != campaign.RowMend {
			continue
		}
		for _, n := range names[r.Row] {
			suggested := slices.ContainsFunc(r.Suggestions, func(s campaign.UnitSuggestion) bool { return s.Name == n })
			said := slices.ContainsFunc(r.Problems, func(m string) bool {
				return strings.Contains(m, "没有“"+n+"”") || strings.Contains(m, "都叫“"+n+"”")
			})
			if said && !suggested && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// suggestions lists every different suggestion of a preview.
func (v batchView) suggestions() (out []campaign.UnitSuggestion) {
	for _, r := range v.Preview.Rows {
		for _, s := range r.Suggestions {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// repair answers which units are meant by names that the register does not have, and previews again.
func (p *Pages) repair(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "name", "unit")
	if err != nil {
		return err
	}
	c, b, err := p.batchOf(r)
	if err != nil {
		return err
	}
	units := maps.Clone(b.Source.Units)
	if units == nil {
		units = map[string]int64{}
	}
	changed := false
	for i, name := range v["name"] {
		if n := id.Parse(at(v["unit"], i)); name != "" && n != 0 {
			units[name], changed = n, true
		}
	}
	if !changed {
		return p.showBatch(w, r, http.StatusUnprocessableEntity, c, b, "", errs.At("unit", "还没有选单位。"))
	}
	src := b.Source
	src.Units = units
	if err := p.preview(w, r, c, src); err != nil {
		if refused(err) {
			return p.showBatch(w, r, route.Status(err), c, b, "", err)
		}
		return err
	}
	return nil
}

func (p *Pages) commit(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "doc_no")
	if err != nil {
		return err
	}
	c, b, err := p.batchOf(r)
	if err != nil {
		return err
	}
	done, err := p.Service.CommitImport(r.Context(), ui.RequestKey(r), b.ID, v.Get("doc_no"))
	if err != nil {
		if refused(err) {
			return p.showBatch(w, r, route.Status(err), c, b, v.Get("doc_no"), err)
		}
		return err
	}
	route.SetFlash(w, r, fmt.Sprintf("已存入 %d 项", done.Added), "")
	route.Redirect(w, r, batchHref(c.ID, b.ID))
	return nil
}

func (p *Pages) undo(w http.ResponseWriter, r *http.Request) error {
	if _, err := route.Form(r); err != nil {
		return err
	}
	c, b, err := p.batchOf(r)
	if err != nil {
		return err
	}
	if _, err := p.Service.UndoBatch(r.Context(), ui.RequestKey(r), b.ID); err != nil {
		if refused(err) {
			return p.showBatch(w, r, route.Status(err), c, b, "", err)
		}
		return err
	}
	route.SetFlash(w, r, "整批已撤销", "")
	route.Redirect(w, r, batchHref(c.ID, b.ID))
	return nil
}

// rejected hands out the rows that were not entered, each with its reason beside the cell at fault.
func (p *Pages) rejected(w http.ResponseWriter, r *http.Request) error {
	c, b, err := p.batchOf(r)
	if err != nil {
		return err
	}
	list := b.Rejected
	if b.State == campaign.Previewed {
		x, err := p.Service.PreviewOf(r.Context(), b.ID)
		if err != nil {
			return err
		}
		for _, row := range x.Rows {
			if row.Status == campaign.RowMend {
				list = append(list, row)
			}
		}
	}
	if len(list) == 0 {
		return errs.New(errs.NotFound, "这一批没有退回的行。")
	}
	tasks := map[int]breakdown.Task{}
	for _, t := range b.Source.Tasks {
		tasks[t.Row] = t
	}
	var rows []xlsx.Rejected
	for _, x := range list {
		t := tasks[x.Row]
		y := xlsx.Rejected{Row: x.Row, Cells: cellsOf(t)}
		for _, m := range x.Problems {
			y.Reasons = append(y.Reasons, xlsx.Reason{Col: faultOf(t, m), Message: m})
		}
		rows = append(rows, y)
	}
	var out bytes.Buffer
	if err := xlsx.WithComments(&out, c.Name+"：没有存入的行", titles(), rows); err != nil {
		return err
	}
	attach(w, xlsxMedia, c.Name+"-没有存入的行.xlsx")
	_, err = w.Write(out.Bytes())
	return err
}
