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
	Sheet  string            `json:"sheet,omitempty"`
	Rows   [][]string        `json:"rows"`
	Merges []breakdown.Range `json:"merges,omitempty"`
	Nums   []int             `json:"nums,omitempty"`
	// As the grid has them.
	Letters bool `json:"letters,omitempty"`
	Card    bool `json:"card,omitempty"`
	Pasted  bool `json:"pasted,omitempty"`
}

func (t table) grid() breakdown.Grid {
	return breakdown.Grid{Rows: t.Rows, Merges: t.Merges, Nums: t.Nums, Sheet: t.Sheet, Letters: t.Letters, Card: t.Card, Pasted: t.Pasted}
}

func tableOf(g breakdown.Grid) table {
	return table{g.Sheet, g.Rows, g.Merges, g.Nums, g.Letters, g.Card, g.Pasted}
}

// tables are those of one file, with what was said when it was read.
type tables struct {
	Name   string              `json:"name"`
	Tables []table             `json:"tables"`
	Year   int                 `json:"year,omitempty"`  // that the words around the tables speak of
	First  bool                `json:"first,omitempty"` // they say that the first unit leads
	Said   []breakdown.Problem `json:"said,omitempty"`
}

func (t tables) rows() (n int) {
	for _, x := range t.Tables {
		n += len(x.Rows)
	}
	return n
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
	Tables     tables
	Content    string // the tables as they are posted back
	Maps       []columnsOf
	FirstLeads bool
}

// columnsOf is one table on the mapping page.
type columnsOf struct {
	Sheet   string
	Rows    int
	Use     bool
	Mapping breakdown.Mapping
	Sample  [][]string // rows below the heading
}

// columnName names the choice for a column in the form; the first table's names are plain.
func columnName(table, column int) string {
	if table == 0 {
		return "col." + strconv.Itoa(column)
	}
	return fmt.Sprintf("col.%d.%d", table, column)
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
	default:
		read = importfile.Paste(form.Text)
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
	if len(read.Grids) > 0 && !hasTasks(read, c) {
		o := breakdown.Context(read.Paragraphs, breakdown.Options{Year: int(c.Year), FirstLeads: form.FirstLeads})
		all := tables{Name: name, Year: o.Year, First: o.FirstLeads, Said: read.Said()}
		var maps []breakdown.Mapping
		var none []string
		for _, g := range read.Grids {
			m := breakdown.GuessMapping(g)
			if x := breakdown.ParseGrid(g, m, o); g.Sheet != "" && (len(x.Tasks) == 0 || m.HeadingRow < 0 && breakdown.Owned(x) == 0) { // a sheet of words
				none = append(none, "“"+g.Sheet+"”")
				continue
			}
			all.Tables, maps = append(all.Tables, tableOf(g)), append(maps, m)
		}
		if all.Tables == nil { // nothing looks like tasks: the user may say what the largest is
			g := widest(read.Grids)
			all.Tables, maps, none = []table{tableOf(*g)}, []breakdown.Mapping{breakdown.GuessMapping(*g)}, nil
		}
		if none != nil {
			all.Said = append(all.Said, breakdown.Problem{Where: "全文", Message: "全文：没有列出" + strings.Join(none, "、") + "，里面没有认出任务。"})
		}
		view := mappingView{Campaign: c, Tables: all, FirstLeads: o.FirstLeads}
		for i, m := range maps {
			view.Maps = append(view.Maps, columnsOf{Use: breakdown.Owned(breakdown.ParseGrid(all.Tables[i].grid(), m, o)) > 0 || len(maps) == 1, Mapping: m})
		}
		return p.showMapping(w, r, http.StatusOK, view, nil)
	}
	res := read.Tasks(breakdown.Options{Year: int(c.Year), FirstLeads: form.FirstLeads})
	err = p.preview(w, r, c, campaign.Source{FileName: name, Tasks: res.Tasks, Problems: res.Problems})
	if err != nil && refused(err) {
		return p.showImport(w, r, route.Status(err), form, err)
	}
	return err
}

// hasTasks reports whether the text between the tables names tasks itself, with who must do them.
func hasTasks(c importfile.Content, x campaign.Campaign) bool {
	if len(c.Paragraphs) == 0 {
		return false
	}
	r := breakdown.ParseText(c.Paragraphs, breakdown.Options{Year: int(x.Year)})
	return len(r.Tasks) > 0 && !r.Bare
}

// widest returns the table with the most rows; there is one.
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
	b, err := json.Marshal(v.Tables)
	if err != nil {
		return err
	}
	if len(b) > maxContent {
		return p.showImport(w, r, http.StatusUnprocessableEntity, importView{Campaign: v.Campaign}, errs.At("file", "这张表太大（%d 行）。请分成几个文件导入。", v.Tables.rows()))
	}
	v.Content = string(b)
	for t := range v.Maps {
		m, rows := &v.Maps[t], v.Tables.Tables[t].Rows
		m.Sheet, m.Rows = v.Tables.Tables[t].Sheet, len(rows)
		from := 0
		if m.Mapping.HeadingRow >= 0 {
			from = m.Mapping.HeadingRow + max(m.Mapping.HeadingRows, 1)
		}
		for i := from; i < len(rows) && len(m.Sample) < 4; i++ {
			if strings.TrimSpace(strings.Join(rows[i], "")) != "" {
				m.Sample = append(m.Sample, rows[i])
			}
		}
	}
	ui.Render(w, r, status, mappingPage(route.Frame(r), v, refusal))
	return nil
}

// mapped reads the tables again with the meanings that the user has given their columns.
func (p *Pages) mapped(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "content", "first_leads", "col.*", "use")
	if err != nil {
		return err
	}
	c, _, err := p.managed(r)
	if err != nil {
		return err
	}
	var all tables
	whole := len(v.Get("content")) <= maxContent && json.Unmarshal([]byte(v.Get("content")), &all) == nil && len(all.Tables) > 0
	for _, t := range all.Tables {
		whole = whole && len(t.Rows) > 0
	}
	if !whole {
		return p.showImport(w, r, http.StatusUnprocessableEntity, importView{Campaign: c}, errs.At("file", "表格没有传完整，请重新选文件。"))
	}
	view := mappingView{Campaign: c, Tables: all, FirstLeads: v.Get("first_leads") == "1"}
	src := campaign.Source{FileName: all.Name, Problems: slices.Clone(all.Said)}
	opt := breakdown.Options{Year: int(c.Year), FirstLeads: view.FirstLeads}
	if all.Year != 0 {
		opt.Year = all.Year
	}
	var refusal error
	for i, t := range all.Tables {
		m := breakdown.GuessMapping(t.grid())
		for j := range m.Columns {
			name := columnName(i, j)
			if f := breakdown.Field(v.Get(name)); v.Has(name) && slices.Contains(breakdown.Fields, f) {
				m.Columns[j].Field = f
			}
		}
		use := len(all.Tables) == 1 || slices.Contains(v["use"], strconv.Itoa(i))
		view.Maps = append(view.Maps, columnsOf{Use: use, Mapping: m})
		switch {
		case !use || refusal != nil:
		case !slices.ContainsFunc(m.Columns, func(x breakdown.Column) bool { return x.Field == breakdown.FieldText }):
			refusal = errs.At(columnName(i, 0), "还没有说哪一列是“工作任务”。请选一列。")
		default:
			res := breakdown.ParseGrid(t.grid(), m, opt)
			src.Tasks, src.Problems = append(src.Tasks, res.Tasks...), append(src.Problems, res.Problems...)
		}
	}
	if refusal == nil && !slices.ContainsFunc(view.Maps, func(m columnsOf) bool { return m.Use }) {
		refusal = errs.At("use", "还没有选要导入哪张表。请至少选一张。")
	}
	if refusal != nil {
		return p.showMapping(w, r, http.StatusUnprocessableEntity, view, refusal)
	}
	err = p.preview(w, r, c, src)
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

// rowKey finds the task that a row was read from: several may stand in one paragraph, and sheets number alike.
type rowKey struct {
	sheet string
	row   int
	text  string
}

func keyOf(t breakdown.Task) rowKey { return rowKey{t.Sheet, t.Row, t.Text} }

// unknown lists the unit names that the preview could not find and for which it has nothing to suggest.
func unknown(src campaign.Source, rows []campaign.Row) (out []string) {
	names := map[rowKey][]string{}
	for _, t := range src.Tasks {
		k := keyOf(t)
		names[k] = append(names[k], append(append([]string{}, t.LeadUnits...), t.SupportUnits...)...)
	}
	for _, r := range rows {
		if r.Status != campaign.RowMend {
			continue
		}
		for _, n := range names[rowKey{r.Sheet, r.Row, r.Title}] {
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

// lost lists the rows of tables that became no task at all.
func lost(src campaign.Source) (out []breakdown.Problem) {
	have := map[rowKey]bool{}
	for _, t := range src.Tasks {
		have[rowKey{t.Sheet, t.Row, ""}] = true
	}
	for _, p := range src.Problems {
		if p.Row != 0 && !have[rowKey{p.Sheet, p.Row, ""}] {
			out = append(out, p)
		}
	}
	return out
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
	if len(list) == 0 && len(lost(b.Source)) == 0 {
		return errs.New(errs.NotFound, "这一批没有退回的行。")
	}
	tasks := map[rowKey]breakdown.Task{}
	for _, t := range b.Source.Tasks {
		tasks[keyOf(t)] = t
	}
	var rows []xlsx.Rejected
	for _, x := range list {
		t := tasks[rowKey{x.Sheet, x.Row, x.Title}]
		y := xlsx.Rejected{Row: x.Row, Cells: cellsOf(t)}
		said := x.Problems
		for _, p := range b.Source.Problems { // what was wrong with the row when it was read
			if p.Row != 0 && p.Row == x.Row && p.Sheet == x.Sheet && !slices.Contains(said, p.Message) {
				said = append(slices.Clone(said), p.Message)
			}
		}
		for _, m := range said {
			y.Reasons = append(y.Reasons, xlsx.Reason{Col: faultOf(t, m), Message: m})
		}
		rows = append(rows, y)
	}
	for _, p := range lost(b.Source) {
		rows = append(rows, xlsx.Rejected{Row: p.Row, Reasons: []xlsx.Reason{{Col: -1, Message: p.Message}}})
	}
	var out bytes.Buffer
	if err := xlsx.WithComments(&out, c.Name+"：没有存入的行", titles(), rows); err != nil {
		return err
	}
	attach(w, xlsxMedia, c.Name+"-没有存入的行.xlsx")
	_, err = w.Write(out.Bytes())
	return err
}
