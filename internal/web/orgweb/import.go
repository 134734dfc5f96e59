package orgweb

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/spine/org"
	"duban/internal/web/route"
	"duban/internal/web/ui"
)

// maxRows bounds an import; a district has some hundreds of units.
const maxRows = 3000

// line is a row of the table with what will come of it.
type line struct {
	No                       int // as a person counts, the heading included
	Name, Kind, Code, Parent string
	Is                       string // new, there, bad
	Why                      string
	unit                     org.Unit
}

// draft is an import before it is done.
type draft struct {
	Lines           []line
	New, There, Bad int
	Text            string // the rows as text, so that the second step needs no file
}

// readRows turns a table into lines and says of each what will come of it. A parent may stand in the same table. It is pure.
func readRows(rows [][]string, d *org.Directory) draft {
	var dr draft
	at := []int{0, 1, 2, 3} // name, kind, code, parent: the order of a table without a heading
	first := 0
	for i, row := range rows {
		if heading, ok := headingOf(row); ok {
			at, first = heading, i+1
			break
		}
		if strings.TrimSpace(strings.Join(row, "")) != "" && i > 5 {
			break
		}
	}
	cell := func(row []string, i int) string {
		if at[i] < 0 || at[i] >= len(row) {
			return ""
		}
		return strings.TrimSpace(row[at[i]])
	}
	names := map[string]int{}
	var text []string
	for i := first; i < len(rows) && len(dr.Lines) < maxRows; i++ {
		if strings.TrimSpace(strings.Join(rows[i], "")) == "" {
			continue
		}
		l := line{No: i + 1, Name: cell(rows[i], 0), Kind: cell(rows[i], 1), Code: cell(rows[i], 2), Parent: cell(rows[i], 3), Is: "new"}
		l.unit = org.Unit{Name: l.Name, Kind: org.KindOf(l.Kind), Code: l.Code, SortNo: int64(len(d.Units) + len(dr.Lines) + 1)}
		text = append(text, strings.Join([]string{l.Name, l.Kind, l.Code, l.Parent}, "\t"))
		switch before, dup := names[l.Name]; {
		case l.Name == "":
			l.Is, l.Why = "bad", "没有名称"
		case d.Find(l.Name) != nil:
			l.Is, l.Why = "there", "已经有了，不改"
		case dup:
			l.Is, l.Why = "bad", fmt.Sprintf("和第 %d 行重复", before)
		case len([]rune(l.Name)) > 60:
			l.Is, l.Why = "bad", "名称最多 60 个字"
		case l.unit.Kind == "":
			l.Is, l.Why = "bad", fmt.Sprintf("类别“%s”看不懂。请写区直部门、乡镇、街道、村、国企、专班、指挥部或区领导与办公室", l.Kind)
		}
		if _, dup := names[l.Name]; !dup {
			names[l.Name] = l.No
		}
		dr.Lines = append(dr.Lines, l)
	}
	dr.parents(d)
	for _, l := range dr.Lines {
		switch l.Is {
		case "new":
			dr.New++
		case "there":
			dr.There++
		default:
			dr.Bad++
		}
	}
	dr.Text = strings.Join(text, "\n")
	return dr
}

// parents refuses lines whose parent is neither there nor made by the same table, until nothing more is refused: a chain that
// bites its own tail has no first unit and is refused whole.
func (dr *draft) parents(d *org.Directory) {
	made := map[string]bool{}
	for {
		more := false
		for _, l := range dr.Lines {
			if l.Is == "new" && !made[l.Name] && (l.Parent == "" || d.Find(l.Parent) != nil || made[l.Parent]) {
				made[l.Name], more = true, true
			}
		}
		if !more {
			break
		}
	}
	for i := range dr.Lines {
		if l := &dr.Lines[i]; l.Is == "new" && !made[l.Name] {
			l.Is, l.Why = "bad", fmt.Sprintf("没有上级单位“%s”。请改名称，或先把它写进表里", l.Parent)
		}
	}
}

func headingOf(row []string) ([]int, bool) {
	at := []int{-1, -1, -1, -1}
	for i, c := range row {
		switch strings.TrimSpace(c) {
		case "名称", "单位", "单位名称", "单位全称":
			at[0] = i
		case "类别", "单位类别", "类型", "性质":
			at[1] = i
		case "编码", "代码", "机构编码", "统一社会信用代码", "区划代码":
			at[2] = i
		case "上级", "上级单位", "隶属":
			at[3] = i
		}
	}
	return at, at[0] >= 0
}

// split turns pasted rows into cells: tabs, else commas.
func split(text string) (rows [][]string) {
	for l := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		sep := "\t"
		if !strings.Contains(l, "\t") {
			l, sep = strings.ReplaceAll(l, "，", ","), ","
		}
		rows = append(rows, strings.Split(l, sep))
	}
	return rows
}

func (p *Pages) importForm(w http.ResponseWriter, r *http.Request) error {
	return p.showImport(w, r, nil, "", nil)
}

func (p *Pages) showImport(w http.ResponseWriter, r *http.Request, d *draft, pasted string, failed error) error {
	if route.Status(failed) >= http.StatusInternalServerError {
		return failed
	}
	f := route.Frame(r)
	f.Title, f.Crumbs = "导入单位", []ui.Crumb{{Href: "/org", Label: "单位"}, {Label: "导入"}}
	if d != nil {
		f.Lede = ui.Rich("读到 %d 行：新增 **%d**，已有 %d，要改 **%d**。还没有存。", len(d.Lines), d.New, d.There, d.Bad)
	}
	ui.Render(w, r, route.Status(failed), importPage(f, d, pasted, failed))
	return nil
}

func (p *Pages) importUnits(w http.ResponseWriter, r *http.Request) error {
	v, err := route.Form(r, "pasted", "act")
	if err != nil {
		return err
	}
	pasted := v.Get("pasted")
	rows := split(pasted)
	name, content, err := upload(r, "file")
	if err != nil {
		return err
	}
	if len(content) > 0 {
		if rows, err = p.Read(name, content); err != nil {
			return p.showImport(w, r, nil, pasted, atFile(err))
		}
	} else if strings.TrimSpace(pasted) == "" {
		return p.showImport(w, r, nil, pasted, errs.At("pasted", "还没有粘贴内容，也没有选文件。"))
	}
	dir, err := p.Org.Look(r.Context())
	if err != nil {
		return err
	}
	d := readRows(rows, dir)
	if v.Get("act") != "commit" || len(d.Lines) == 0 {
		return p.showImport(w, r, &d, d.Text, nil)
	}
	added, err := p.commit(r, d)
	if err != nil {
		return p.showImport(w, r, &d, d.Text, err)
	}
	text := fmt.Sprintf("已新增 %d 个单位", added)
	if d.Bad > 0 {
		text += fmt.Sprintf("，%d 行没有存", d.Bad)
	}
	route.SetFlash(w, r, text, "")
	route.Redirect(w, r, "/org")
	return nil
}

// commit enters the new units level by level, since a unit's parent may be made by the same table.
func (p *Pages) commit(r *http.Request, d draft) (added int, err error) {
	todo := d.Lines
	for {
		dir, err := p.Org.Look(r.Context())
		if err != nil {
			return added, err
		}
		var now []org.Unit
		var later []line
		for _, l := range todo {
			switch parent := dir.Find(l.Parent); {
			case l.Is != "new":
			case l.Parent == "":
				now = append(now, l.unit)
			case parent != nil:
				l.unit.ParentID = parent.ID
				now = append(now, l.unit)
			default:
				later = append(later, l)
			}
		}
		if len(now) == 0 {
			return added, nil
		}
		n, err := p.Org.ImportUnits(r.Context(), now)
		if added += n; err != nil {
			return added, err
		}
		todo = later
	}
}

func atFile(err error) error {
	if len(errs.FieldsOf(err)) > 0 || errs.KindOf(err) != errs.Invalid {
		return err
	}
	return errs.At("file", "%s", errs.Say(err))
}

// upload returns the name and content of a file of the form; nothing if none was chosen.
func upload(r *http.Request, name string) (string, []byte, error) {
	if r.MultipartForm == nil || len(r.MultipartForm.File[name]) == 0 {
		return "", nil, nil
	}
	h := r.MultipartForm.File[name][0]
	f, err := h.Open()
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return h.Filename, b, err
}
