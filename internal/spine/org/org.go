package org

import (
	"sort"
	"strings"

	"duban/internal/base/errs"
)

// Region is an area of government (行政区): the tenant. Regions nest: province, city, district.
type Region struct {
	ID        int64
	Code      string // 350902
	Name      string // 宁德市蕉城区
	ShortName string // 蕉城
	ParentID  int64
	Demo      bool // every page says 演示数据
}

// Kind is the kind of a unit.
type Kind string

// The kinds of unit.
const (
	Department   Kind = "department"   // 区直部门
	Township     Kind = "township"     // 乡镇
	Subdistrict  Kind = "subdistrict"  // 街道
	Village      Kind = "village"      // 村
	Company      Kind = "company"      // 国企
	TaskForce    Kind = "taskforce"    // 专班
	Headquarters Kind = "headquarters" // 指挥部
	Office       Kind = "office"       // 区委办公室一类：督查室、考核办
)

// Kinds lists the kinds in the order of the pages.
var Kinds = []Kind{Department, Township, Subdistrict, Village, Company, TaskForce, Headquarters, Office}

// Chinese returns the kind's name.
func (k Kind) Chinese() string {
	return map[Kind]string{Department: "区直部门", Township: "乡镇", Subdistrict: "街道", Village: "村", Company: "国企", TaskForce: "专班", Headquarters: "指挥部", Office: "区领导与办公室"}[k]
}

// KindOf reads a kind from its Chinese name or its code; "" if it is none.
func KindOf(s string) Kind {
	s = strings.TrimSpace(s)
	for _, k := range Kinds {
		if s == k.Chinese() || s == string(k) {
			return k
		}
	}
	switch s {
	case "部门", "区直", "区直单位":
		return Department
	case "镇", "乡":
		return Township
	case "社区", "行政村":
		return Village
	case "企业", "区属国企":
		return Company
	}
	return ""
}

// Unit is any body that can owe something (单位): department, township, subdistrict, village, company.
type Unit struct {
	ID        int64
	Code      string // division or organisation code, may be empty
	Name      string // unique in the region
	ShortName string
	Aliases   []string // other names that documents use
	Kind      Kind
	ParentID  int64 // 0 for the top
	SortNo    int64 // the official order
	EndedOn   string
	Version   int64
}

// Group returns the appraisal group that units of this kind are ranked in: 镇街组, 部门组; others are not ranked by default.
func (u Unit) Group() string {
	switch u.Kind {
	case Township, Subdistrict:
		return "镇街组"
	case Department:
		return "部门组"
	}
	return u.Kind.Chinese() + "组"
}

// check says what is wrong with a unit as typed.
func (u Unit) check() error {
	var bad []errs.Field
	if strings.TrimSpace(u.Name) == "" {
		bad = append(bad, errs.Field{Name: "name", Message: "还没有写单位名称。"})
	}
	if len([]rune(u.Name)) > 60 {
		bad = append(bad, errs.Field{Name: "name", Message: "单位名称最多 60 个字，请写规范名称。"})
	}
	if u.Kind.Chinese() == "" {
		bad = append(bad, errs.Field{Name: "kind", Message: "没有“" + string(u.Kind) + "”这一类单位。请选：区直部门、乡镇、街道、村、国企、专班、指挥部。"})
	}
	return errs.Refuse("单位还没存上", bad...)
}

// Sealed is the canonical form of a unit in the ledger.
func (u Unit) Sealed() any {
	return struct {
		Code    string `json:"code"`
		Name    string `json:"name"`
		Short   string `json:"short_name"`
		Aliases string `json:"aliases"`
		Kind    Kind   `json:"kind"`
		Parent  int64  `json:"parent,string"`
		SortNo  int64  `json:"sort_no"`
		EndedOn string `json:"ended_on"`
	}{u.Code, u.Name, u.ShortName, strings.Join(u.Aliases, " "), u.Kind, u.ParentID, u.SortNo, u.EndedOn}
}

// Person is somebody who works for the district. Nothing of a person's private life is kept.
type Person struct {
	ID      int64
	Name    string
	UnitID  int64
	SortNo  int64
	LeftOn  string // "" while in office
	Version int64
	Key     string `json:"-"` // of the form that enters the person: sent twice, it counts once
}

// Tier is a tier of duty (三级责任).
type Tier string

// The three tiers of duty.
const (
	NoTier        Tier = ""
	PortfolioDuty Tier = "portfolio" // 分管责任: the leader's, for a field
	SectorDuty    Tier = "sector"    // 主管责任: the department's, for a trade
	LocalDuty     Tier = "local"     // 属地责任: the township's, for its ground
)

// Post is an office held for a time (职务).
type Post struct {
	ID      int64
	UnitID  int64
	Title   string
	Tier    Tier
	Leader  bool // a member of the district leadership (区领导)
	SortNo  int64
	Version int64
	Key     string `json:"-"` // of the form that enters the post: sent twice, it counts once
}

// Holding says who holds a post and since when.
type Holding struct {
	ID, PostID, PersonID int64
	FromOn, UntilOn      string
}

// Directory is a snapshot of a region's units, people and posts.
type Directory struct {
	Version  int64
	Region   Region
	Units    []*Unit // in official order, ended ones last
	People   []*Person
	Posts    []*Post
	Holdings []Holding

	units    map[int64]*Unit
	people   map[int64]*Person
	posts    map[int64]*Post
	holder   map[int64]int64 // post -> person, of today
	children map[int64][]int64
}

func (d *Directory) index() {
	d.units, d.people, d.posts = map[int64]*Unit{}, map[int64]*Person{}, map[int64]*Post{}
	d.holder, d.children = map[int64]int64{}, map[int64][]int64{}
	sort.SliceStable(d.Units, func(i, j int) bool {
		a, b := d.Units[i], d.Units[j]
		if (a.EndedOn == "") != (b.EndedOn == "") {
			return a.EndedOn == ""
		}
		if a.SortNo != b.SortNo {
			return a.SortNo < b.SortNo
		}
		return a.ID < b.ID
	})
	for _, u := range d.Units {
		d.units[u.ID] = u
		d.children[u.ParentID] = append(d.children[u.ParentID], u.ID)
	}
	for _, p := range d.People {
		d.people[p.ID] = p
	}
	for _, p := range d.Posts {
		d.posts[p.ID] = p
	}
	for _, h := range d.Holdings {
		if h.UntilOn == "" {
			d.holder[h.PostID] = h.PersonID
		}
	}
}

// Unit returns the unit, or nil.
func (d *Directory) Unit(id int64) *Unit { return d.units[id] }

// UnitName returns the unit's short name, or "" for 0.
func (d *Directory) UnitName(id int64) string {
	if u := d.units[id]; u != nil {
		return u.ShortName
	}
	return ""
}

// Person returns the person, or nil.
func (d *Directory) Person(id int64) *Person { return d.people[id] }

// PersonName returns the person's name, or "".
func (d *Directory) PersonName(id int64) string {
	if p := d.people[id]; p != nil {
		return p.Name
	}
	return ""
}

// Post returns the post, or nil.
func (d *Directory) Post(id int64) *Post { return d.posts[id] }

// Holder returns who holds the post now, or nil.
func (d *Directory) Holder(postID int64) *Person { return d.people[d.holder[postID]] }

// HolderOn returns who held the post on the day, or nil.
func (d *Directory) HolderOn(postID int64, day string) *Person {
	for _, h := range d.Holdings {
		if h.PostID == postID && h.FromOn <= day && (h.UntilOn == "" || day < h.UntilOn) {
			return d.people[h.PersonID]
		}
	}
	return nil
}

// PostText returns "江平野 副区长" for the post, with 空缺 if nobody holds it.
func (d *Directory) PostText(postID int64) string {
	p := d.posts[postID]
	if p == nil {
		return ""
	}
	if h := d.Holder(postID); h != nil {
		return h.Name + "　" + p.Title
	}
	return p.Title + "（空缺）"
}

// PostsOf returns the posts that the person holds now.
func (d *Directory) PostsOf(personID int64) (out []*Post) {
	for _, p := range d.Posts {
		if d.holder[p.ID] == personID {
			out = append(out, p)
		}
	}
	return out
}

// Head returns the post that answers for a unit: its first post in order, or nil.
func (d *Directory) Head(unitID int64) *Post {
	var best *Post
	for _, p := range d.Posts {
		if p.UnitID == unitID && (best == nil || p.SortNo < best.SortNo) {
			best = p
		}
	}
	return best
}

// Leaders returns the posts of the district leadership (区领导), in order.
func (d *Directory) Leaders() (out []*Post) {
	for _, p := range d.Posts {
		if p.Leader {
			out = append(out, p)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].SortNo < out[j].SortNo })
	return out
}

// Below returns the unit and every unit under it.
func (d *Directory) Below(unitID int64) []int64 {
	out, seen := []int64{unitID}, map[int64]bool{unitID: true}
	for i := 0; i < len(out); i++ {
		for _, c := range d.children[out[i]] {
			if !seen[c] { // rows changed by hand may go round in a circle
				seen[c] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// Find returns the unit that goes by the name: full, short or alias; nil if none.
func (d *Directory) Find(name string) *Unit {
	name = strings.TrimSpace(name)
	for _, u := range d.Units {
		if u.Name == name || u.ShortName == name {
			return u
		}
	}
	for _, u := range d.Units {
		for _, a := range u.Aliases {
			if a == name {
				return u
			}
		}
	}
	return nil
}
