package score

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func typedOf(cells []Cell) map[string]string {
	m := map[string]string{}
	for _, c := range cells {
		m[c.Key] = c.Value
	}
	return m
}

// eachLine calls fn for every line of every pack.
func eachLine(t *testing.T, fn func(t *testing.T, text string, s Section, n int)) {
	for _, name := range Packs() {
		b, _ := PackText(name)
		for _, s := range []Section{Head, ItemSection, BonusSection, DeductSection} {
			last := Lines(string(b), s)
			if s == Head {
				last = 1
			}
			for n := 1; n <= last; n++ {
				t.Run(name+"/"+string(s), func(t *testing.T) { fn(t, string(b), s, n) })
			}
		}
	}
}

// differing are the lines of b that are not in the same place in a.
func differing(a, b string) (out []string) {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	if len(x) != len(y) {
		return y
	}
	for i := range x {
		if x[i] != y[i] {
			out = append(out, y[i])
		}
	}
	return out
}

// TestSavingTheTableUnchanged: whoever opens a line of any pack and saves it changes nothing, not even a space.
func TestSavingTheTableUnchanged(t *testing.T) {
	eachLine(t, func(t *testing.T, text string, s Section, n int) {
		cells, err := Cells(text, s, n, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := SetCells(text, s, n, typedOf(cells))
		if err != nil || got != text {
			t.Errorf("%v\n%s", err, strings.Join(differing(text, got), "\n"))
		}
	})
}

// TestOneCellOneLine: a number typed into the table changes the one line of the text that says it, and the scheme reads so.
func TestOneCellOneLine(t *testing.T) {
	eachLine(t, func(t *testing.T, text string, s Section, n int) {
		key := map[Section]string{Head: "base", ItemSection: "weight", BonusSection: "per", DeductSection: "per"}[s]
		cells, _ := Cells(text, s, n, "")
		m := typedOf(cells)
		if i := slices.IndexFunc(cells, func(c Cell) bool { return c.Key == key }); cells[i].Locked || m[key] == "" {
			t.Skip("tiers")
		}
		m[key] = "7.25"
		got, err := SetCells(text, s, n, m)
		if err != nil {
			t.Fatal(err)
		}
		if d := differing(text, got); len(d) != 1 || !strings.Contains(d[0], "7.25") {
			t.Errorf("%q", d)
		}
		x, err := Parse([]byte(got))
		if err != nil {
			t.Fatal(err)
		}
		var v Num
		switch s {
		case Head:
			v = x.Base
		case ItemSection:
			v = x.Items[n-1].Weight
		case BonusSection:
			v = x.Bonus[n-1].Per
		default:
			v = x.Deduction[n-1].Per.neg()
		}
		if v.String() != "7.25" {
			t.Errorf("reads %s", v)
		}
	})
}

// TestAddDropMove: what is added and taken away again, or moved and moved back, leaves the text as it was.
func TestAddDropMove(t *testing.T) {
	eachLine(t, func(t *testing.T, text string, s Section, n int) {
		if s == Head {
			return
		}
		m := map[string]string{"event": "上级督查表扬", "per": "2"}
		if s == ItemSection {
			m = map[string]string{"id": "99", "name": "新增的指标", "weight": "5", "method": "ratio", "source_unit": "区统计局", "params.cap": "1.2"}
		}
		more, err := SetCells(text, s, 0, m)
		if err != nil {
			t.Fatal(err)
		}
		if Lines(more, s) != Lines(text, s)+1 || !strings.HasPrefix(more, strings.TrimRight(text[:strings.Index(text, string(s)+":")], "\n")) {
			t.Errorf("added:\n%s", more)
		}
		if x, err := Parse([]byte(more)); err != nil {
			t.Error(err)
		} else if s == ItemSection {
			if it := x.Items[len(x.Items)-1]; it.ID != "99" || it.Name != "新增的指标" || it.Weight.String() != "5" || it.P.Cap.String() != "1.2" {
				t.Errorf("%+v", it)
			}
		}
		if less, err := DropLine(more, s, Lines(more, s)); err != nil || less != text {
			t.Errorf("taken away again: %v %q", err, differing(text, less))
		}
		if n == 1 {
			if _, err := MoveLine(text, s, 1); err == nil {
				t.Error("the first moved before the first")
			}
			return
		}
		up, err := MoveLine(text, s, n)
		if err != nil || up == text {
			t.Fatalf("%v", err)
		}
		if back, err := MoveLine(up, s, n); err != nil || back != text {
			t.Errorf("moved back: %v %q", err, differing(text, back))
		}
	})
}

// TestCapOfABonus: the limit of a bonus is shown and changed under whichever of its names it has.
func TestCapOfABonus(t *testing.T) {
	text := "id: a\nname: 甲\nitems:\n  - {name: 投资, weight: 100, method: count, params: {per: 1, cap: 90}}\nbonus:\n  - event: 表扬\n    per: 1\n    cap: 3\ndeduction:\n  - {event: 批评, per: 1, floor: -2}\n"
	for s, c := range map[Section][3]string{ItemSection: {"max", "90", "80"}, BonusSection: {"max", "3", "4"}, DeductSection: {"min", "-2", "-4"}} {
		cells, err := Cells(text, s, 1, "")
		if err != nil {
			t.Fatal(err)
		}
		m := typedOf(cells)
		if m[c[0]] != c[1] {
			t.Errorf("%s: %v", s, m)
		}
		m[c[0]] = c[2]
		if got, err := SetCells(text, s, 1, m); err != nil || len(differing(text, got)) != 1 {
			t.Errorf("%s: %v\n%s", s, err, got)
		}
	}
}

// TestWordsOfRules: a line that speaks in the words of rules can be saved, and what its words say is shown as not for a cell.
func TestWordsOfRules(t *testing.T) {
	text := "id: a\nname: 甲\nitems:\n  - {name: 投资, weight: 100, method: rank, params: {每降一名: 2%}}\n  - {name: 入库, extra: true, method: count, params: {per: 加0.5分}}\nbonus:\n  - {event: 表扬, per: 加1分, 最多: 4次}\n"
	if _, err := Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		s      Section
		n      int
		locked []string
		name   string
	}{{ItemSection, 1, []string{"params.per_place", "params.delta"}, "name"}, {ItemSection, 2, nil, "name"}, {BonusSection, 1, []string{"max", "max_count"}, "event"}} {
		cells, err := Cells(text, x.s, x.n, "")
		if err != nil {
			t.Fatal(err)
		}
		var locked []string
		for _, c := range cells {
			if c.Locked {
				locked = append(locked, c.Key)
			}
		}
		if !slices.Equal(locked, x.locked) {
			t.Errorf("%s %d: locked %v", x.s, x.n, locked)
		}
		m := typedOf(cells)
		m[x.name] = "别的"
		got, err := SetCells(text, x.s, x.n, m)
		if d := differing(text, got); err != nil || len(d) != 1 || !strings.Contains(d[0], "别的") {
			t.Errorf("%s %d: %v %q", x.s, x.n, err, d)
		}
	}
}

// TestFirstBonus: a scheme without bonuses gets the section with its first line, and loses it with its last.
func TestFirstBonus(t *testing.T) {
	text := "id: a\nname: 甲\nitems:\n  - {id: \"1\", name: 投资, weight: 100, method: ratio}   # 主要的\n"
	more, err := SetCells(text, BonusSection, 0, map[string]string{"event": "表扬", "per": "1", "max": "3"})
	if err != nil || !strings.HasPrefix(more, text) {
		t.Fatalf("%v\n%s", err, more)
	}
	if x, err := Parse([]byte(more)); err != nil || len(x.Bonus) != 1 || x.Bonus[0].Max.String() != "3" {
		t.Errorf("%v\n%s", err, more)
	}
	if less, err := DropLine(more, BonusSection, 1); err != nil || less != text {
		t.Errorf("%v\n%s", err, less)
	}
}

// TestAnotherMethod: the parameters that only the old method had go, those of the new one come, the rest of the line stays.
func TestAnotherMethod(t *testing.T) {
	text := `# 说明
id: a
name: 甲
items:
  - id: "1"
    name: 项目规模      # 每个项目一行
    weight: 40
    method: bands
    each: sum
    params:
      table:
        - {range: 10以上, points: 20}
        - {range: 不足10, points: 3}
  # 第二项
  - {id: "2", name: 入库, weight: 60, method: ratio, params: {cap: 1.2}}
`
	cells, err := Cells(text, ItemSection, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	m := typedOf(cells)
	if m["params.table"] != "10以上 = 20\n不足10 = 3\n" {
		t.Errorf("%q", m["params.table"])
	}
	m["params.table"] = "20以上 = 25\r\n10以上不足20 = 20\r\n不足10 = 3"
	got, err := SetCells(text, ItemSection, 1, m)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(text, "        - {range: 10以上, points: 20}\n", "        - {range: 20以上, points: 25}\n        - {range: 10以上不足20, points: 20}\n", 1)
	if got != want {
		t.Errorf("\n%s", got)
	}
	cells, err = Cells(text, ItemSection, 1, Count)
	if err != nil {
		t.Fatal(err)
	}
	m = typedOf(cells)
	m["params.per"] = "2"
	got, err = SetCells(text, ItemSection, 1, m)
	if err != nil {
		t.Fatal(err)
	}
	x, err := Parse([]byte(got))
	if err != nil || x.Items[0].Method != Count || x.Items[0].P.Per.String() != "2" || x.Items[0].Each != "sum" {
		t.Errorf("%v\n%s", err, got)
	}
	for _, w := range []string{"# 说明", "# 每个项目一行", "# 第二项", "{id: \"2\", name: 入库, weight: 60, method: ratio, params: {cap: 1.2}}"} {
		if !strings.Contains(got, w) {
			t.Errorf("lost %q:\n%s", w, got)
		}
	}
	if strings.Contains(got, "table") {
		t.Errorf("kept the bands:\n%s", got)
	}
	// in a line written with braces
	cells, _ = Cells(text, ItemSection, 2, Threshold)
	m = typedOf(cells)
	m["params.at"] = "95"
	if got, err = SetCells(text, ItemSection, 2, m); err != nil || !strings.Contains(got, `- {id: "2", name: 入库, weight: 60, method: threshold, params: {at: 95}}`) {
		t.Errorf("%v\n%s", err, got)
	}
}

// TestOtherHands: keys in Chinese, lists in brackets, quotes, a scheme under its own key: the cell is read, and what is saved means what was typed.
func TestOtherHands(t *testing.T) {
	for name, text := range map[string]string{
		"chinese":  "编号: a\n名称: 甲\n指标:\n  - 编号: 1\n    名称: \"投资: 完成\"   # 主\n    分值: 60\n    方法: 完成率法\n    参数:\n      封顶: 1.2\n  - {名称: 入库, 分值: 40, 方法: 计数法, 参数: {每次: 2}}\n",
		"brackets": "id: a\nname: 甲\nitems: [{id: \"1\", name: \"投资: 完成\", weight: 60, method: ratio}, {name: 入库, weight: 40, method: count, params: {per: 2}}]\n",
		"under":    "scheme:\n  id: a\n  name: 甲\n  items:\n  - name: '投资: 完成'\n    weight: 60\n    method: ratio\n\n  - name: 入库\n    weight: 40\n    method: count\n    params:\n      per: 2\n",
		"lead":     "id: a\nname: 甲\nitems:\n-\n  name: \"投资: 完成\"\n  weight: 60\n  method: ratio\n-\n  name: 入库\n  weight: 40\n  method: count\n  params: {per: 2}\n",
		"beside":   "id: a\nname: 甲\nitems:\n  - {name: \"投资: 完成\", weight: 60, method: ratio, cap: 1.2}\n  - {name: 入库, weight: 40, method: count, per: 2}\n",
	} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cells, err := Cells(text, ItemSection, 1, "")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m := typedOf(cells)
		if m["name"] != "投资: 完成" || m["weight"] != "60" || m["method"] != "ratio" {
			t.Errorf("%s: %v", name, m)
		}
		m["name"], m["weight"], m["params.cap"], m["source_unit"] = `甲, 乙的"完成" #1`, "55.5", "1.5", "区统计局"
		got, err := SetCells(text, ItemSection, 1, m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		x, err := Parse([]byte(got))
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, got)
			continue
		}
		if it := x.Items[0]; it.Name != m["name"] || it.Weight.String() != "55.5" || it.P.Cap.String() != "1.5" || it.SourceUnit != "区统计局" || x.Items[1].P.Per.String() != "2" {
			t.Errorf("%s: %+v\n%s", name, it, got)
		}
		if got, err = DropLine(got, ItemSection, 1); err != nil || Lines(got, ItemSection) != 1 {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
		if got, err = MoveLine(text, ItemSection, 2); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if x, err := Parse([]byte(got)); err != nil || x.Items[0].Name != "入库" {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

// TestCellsRefuse: a bad cell is named, and nothing is changed.
func TestCellsRefuse(t *testing.T) {
	b, _ := PackText("yanan-2017")
	text := string(b)
	for _, c := range []struct{ key, typed, key2, words string }{
		{"weight", "六十", "weight", "要写一个数"}, {"name", " ", "name", "请填“指标名称”"}, {"params.table", "10以上", "params.table", "第 1 档"}, {"params.table", "10以上 = 好", "params.table", "得分要是一个数"},
		{"direction", "左", "direction", "选一个"}, {"method", "猜", "method", "选一个"},
	} {
		cells, _ := Cells(text, ItemSection, 3, "")
		m := typedOf(cells)
		m[c.key] = c.typed
		got, err := SetCells(text, ItemSection, 3, m)
		var ce *CellError
		if !errors.As(err, &ce) || ce.Key != c.key2 || !strings.Contains(ce.Message, c.words) || got != text {
			t.Errorf("%s %q: %v", c.key, c.typed, err)
		}
	}
	for _, n := range []int{-1, 99} {
		if _, err := Cells(text, ItemSection, n, ""); err == nil {
			t.Errorf("line %d", n)
		}
	}
	if _, err := Cells("items: [", ItemSection, 0, ""); err == nil {
		t.Error("a broken text")
	}
}

// FuzzCells: no text and no cell makes it fall over, and what is saved in a scheme that can be read can be read again.
func FuzzCells(f *testing.F) {
	for _, name := range Packs() {
		b, _ := PackText(name)
		f.Add(string(b), 1, "名称", "12")
	}
	f.Fuzz(func(t *testing.T, text string, n int, name, weight string) {
		if len(text) > 4000 {
			return
		}
		for _, s := range []Section{Head, ItemSection, BonusSection, DeductSection} {
			cells, err := Cells(text, s, n, "")
			if err != nil {
				continue
			}
			m := typedOf(cells)
			m["name"], m["event"], m["weight"] = name, name, weight
			SetCells(text, s, n, m)
			DropLine(text, s, n)
			MoveLine(text, s, n)
		}
	})
}
