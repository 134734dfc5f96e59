package campaign

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/ref"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
)

// Kind is the kind of a campaign's ref, and the origin of its tasks.
const Kind = "campaign.campaign"

// State is how far a campaign has come.
type State string

// The states of a campaign, in order. Source: domain 8 (State).
const (
	Preparing State = "preparing" // 筹备
	Planned   State = "planned"   // 方案印发
	Assigned  State = "assigned"  // 任务书下达确认
	Running   State = "running"   // 推进
	Archived  State = "archived"  // 总结归档
)

// States lists the states in order, for the steps of a page.
var States = []State{Preparing, Planned, Assigned, Running, Archived}

// Chinese returns the state's name.
func (s State) Chinese() string {
	return map[State]string{Preparing: "筹备", Planned: "方案印发", Assigned: "任务书下达确认", Running: "推进", Archived: "总结归档"}[s]
}

// Campaign is one of the district's campaigns (攻坚行动) with one leader in charge.
type Campaign struct {
	ID          int64
	Preset      string // key of the Preset that it was made from, or ""
	Code        string // prefix of its items' numbers: CS
	Name        string
	Year        int64
	From, To    period.Month // months of the campaign, both included
	LeaderPost  int64        // 牵头领导
	DeputyPosts []int64      // 副牵头
	LeadUnit    int64        // 牵头单位
	State       State
	Plan        Plan
	Summary     string // 总结, written when it is archived
	OpenedAt    int64
	ArchivedAt  int64
	SortNo      int64
	Version     int64
}

// Ref names the campaign.
func (c Campaign) Ref() ref.Ref { return ref.Ref{Kind: Kind, ID: c.ID} }

// Plan is a campaign's plan (实施方案) as it was issued.
type Plan struct {
	DocNo     string // 区委办〔2017〕18号
	Title     string
	IssuedOn  string
	ExhibitID int64 // the document, an exhibit; 0 if only its number is recorded
}

// MemberRole is what a member does in a task force.
type MemberRole string

// The roles of a task force.
const (
	Chief   MemberRole = "chief"   // 组长
	Deputy  MemberRole = "deputy"  // 副组长
	Liaison MemberRole = "liaison" // 联络员
	Ranker  MemberRole = "member"  // 成员
)

// MemberRoles lists the roles in the order of the pages.
var MemberRoles = []MemberRole{Chief, Deputy, Liaison, Ranker}

// Chinese returns the role's name.
func (r MemberRole) Chinese() string {
	return map[MemberRole]string{Chief: "组长", Deputy: "副组长", Liaison: "联络员", Ranker: "成员"}[r]
}

// Member is a post, a person or a whole unit in a task force. A post follows whoever holds it.
type Member struct {
	Role     MemberRole
	PostID   int64
	PersonID int64
	UnitID   int64 // the unit that it stands for; alone: the unit is a member (成员单位)
}

// TaskForce is a campaign's special team (工作专班).
type TaskForce struct {
	CampaignID int64
	Members    []Member
}

// Has reports whether the person belongs to the task force today: by name, or by a post that he holds.
// A member unit (成员单位) makes nobody a member.
func (f TaskForce) Has(d *org.Directory, personID int64) bool {
	for _, m := range f.Members {
		if m.PersonID != 0 && m.PersonID == personID {
			return true
		}
		if m.PostID != 0 {
			if h := d.Holder(m.PostID); h != nil && h.ID == personID {
				return true
			}
		}
	}
	return false
}

// Of returns the members in a role.
func (f TaskForce) Of(r MemberRole) (out []Member) {
	for _, m := range f.Members {
		if m.Role == r {
			out = append(out, m)
		}
	}
	return out
}

func (f TaskForce) check() error {
	var bad []errs.Field
	chiefs := 0
	for i, m := range f.Members {
		if m.Role.Chinese() == "" {
			bad = append(bad, errs.Field{Name: "members", Message: fmt.Sprintf("第 %d 个成员没有选角色：组长、副组长、联络员或成员。", i+1)})
		}
		if m.PostID == 0 && m.PersonID == 0 && m.UnitID == 0 {
			bad = append(bad, errs.Field{Name: "members", Message: fmt.Sprintf("第 %d 个成员没有选职务、人员或单位。", i+1)})
		}
		if m.Role != Ranker && m.PostID == 0 && m.PersonID == 0 {
			bad = append(bad, errs.Field{Name: "members", Message: fmt.Sprintf("%s要选到职务或人员，不能只写单位。", m.Role.Chinese())})
		}
		if m.Role == Chief {
			chiefs++
		}
	}
	if len(f.Members) > 0 && chiefs != 1 {
		bad = append(bad, errs.Field{Name: "members", Message: fmt.Sprintf("专班要有 1 个组长，现在是 %d 个。", chiefs)})
	}
	if len(f.Members) > 300 {
		bad = append(bad, errs.Field{Name: "members", Message: "专班最多 300 个成员。"})
	}
	return errs.Refuse("专班名单还没存上", bad...)
}

// check says what is wrong with a campaign as typed.
func (c Campaign) check() error {
	var bad []errs.Field
	add := func(name, format string, args ...any) {
		bad = append(bad, errs.Field{Name: name, Message: fmt.Sprintf(format, args...)})
	}
	switch n := len([]rune(c.Name)); {
	case n == 0:
		add("name", "还没有写行动名称，如“城市建设管理攻坚行动”。")
	case n > 60:
		add("name", "行动名称最多 60 个字，现在 %d 个。", n)
	}
	if n := len(c.Code); n < 1 || n > 6 || strings.IndexFunc(c.Code, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsUpper(r) && !unicode.IsDigit(r) }) >= 0 {
		add("code", "编号字头请写 1 到 6 个大写字母或数字，如 CS。")
	}
	if c.Year < 2000 || c.Year > 2999 {
		add("year", "年度请写四位数，如 2017。")
	}
	if !c.From.Valid() || !c.To.Valid() || c.To < c.From {
		add("from_month", "行动起止月份不对，请写成 2017-01 到 2017-12 这样。")
	}
	if c.LeadUnit == 0 {
		add("lead_unit", "还没有选牵头单位。")
	}
	if slices.Contains(c.DeputyPosts, c.LeaderPost) && c.LeaderPost != 0 {
		add("deputy_posts", "副牵头领导里有牵头领导本人，请去掉。")
	}
	return errs.Refuse("攻坚行动还没存上", bad...)
}

// sealed is the canonical form of a campaign with its task force.
func (c Campaign) sealed(f TaskForce) any {
	type member struct {
		Role   MemberRole    `json:"role"`
		Post   int64         `json:"post,string"`
		Person ledger.Person `json:"person"`
		Unit   int64         `json:"unit,string"`
	}
	members := []member{}
	for _, m := range f.Members {
		members = append(members, member{m.Role, m.PostID, ledger.Person(m.PersonID), m.UnitID})
	}
	return struct {
		Code    string       `json:"code"`
		Name    string       `json:"name"`
		Year    int64        `json:"year"`
		From    period.Month `json:"from"`
		To      period.Month `json:"to"`
		Leader  int64        `json:"leader_post,string"`
		Deputy  string       `json:"deputy_posts"`
		Unit    int64        `json:"lead_unit,string"`
		State   State        `json:"state"`
		DocNo   string       `json:"plan_doc_no"`
		Title   string       `json:"plan_title"`
		On      string       `json:"plan_on"`
		Exhibit int64        `json:"plan_exhibit,string"`
		Summary string       `json:"summary"`
		Members []member     `json:"members"`
	}{c.Code, c.Name, c.Year, c.From, c.To, c.LeaderPost, joinIDs(c.DeputyPosts), c.LeadUnit, c.State, c.Plan.DocNo, c.Plan.Title, c.Plan.IssuedOn, c.Plan.ExhibitID, c.Summary, members}
}

func joinIDs(ids []int64) string {
	var parts []string
	for _, id := range ids {
		parts = append(parts, fmt.Sprint(id))
	}
	return strings.Join(parts, ",")
}

func splitIDs(s string) (out []int64) {
	for p := range strings.SplitSeq(s, ",") {
		if id, err := strconv.ParseInt(p, 10, 64); err == nil {
			out = append(out, id)
		}
	}
	return out
}
