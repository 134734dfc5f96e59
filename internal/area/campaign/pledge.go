package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
	"time"

	"duban/internal/base/amount"
	"duban/internal/base/period"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/org"
	"duban/internal/spine/task"
)

// The kinds of refs of a pledge and of a signature.
const (
	PledgeKind    = "campaign.pledge"
	SignatureKind = "campaign.signature"
)

// PledgeForm is which document is signed.
type PledgeForm string

// The two documents. The second needs a legal basis. Source: domain 0.9, 16.3.
const (
	Confirmation   PledgeForm = "confirmation"   // 目标任务确认书
	Responsibility PledgeForm = "responsibility" // 责任状
)

// Chinese returns the document's name.
func (f PledgeForm) Chinese() string {
	return map[PledgeForm]string{Confirmation: "目标任务确认书", Responsibility: "责任状"}[f]
}

// BasisLevel is who gave the text on which a responsibility letter rests.
type BasisLevel string

// The levels that are enough.
const (
	NoBasis   BasisLevel = ""
	Central   BasisLevel = "central"   // 中央
	Municipal BasisLevel = "municipal" // 市级
)

// Chinese returns the level's name.
func (l BasisLevel) Chinese() string {
	return map[BasisLevel]string{Central: "中央", Municipal: "市级"}[l]
}

// PledgeState is how far a pledge is, as it is stored.
type PledgeState string

// The states of a pledge.
const (
	PledgeDraft    PledgeState = "draft"    // 待双方签
	PledgeHalf     PledgeState = "half"     // 待一方签
	PledgeSigned   PledgeState = "signed"   // 已签
	PledgeReplaced PledgeState = "replaced" // 已由新版代替
)

// Chinese returns the state's name.
func (s PledgeState) Chinese() string {
	return map[PledgeState]string{PledgeDraft: "待双方签", PledgeHalf: "待一方签", PledgeSigned: "已签", PledgeReplaced: "已由新版代替"}[s]
}

// Side is who signs.
type Side string

// The two sides.
const (
	UnitSide   Side = "unit"   // 单位
	LeaderSide Side = "leader" // 领导
)

// Chinese returns the side's name.
func (s Side) Chinese() string { return map[Side]string{UnitSide: "单位", LeaderSide: "领导"}[s] }

// Pledge is the signed confirmation of what a unit owes (目标任务确认书), or the letter of responsibility (责任状).
type Pledge struct {
	ID         int64
	CampaignID int64 // 0: all campaigns of the year
	UnitID     int64
	Year       int64
	Revision   int64
	Form       PledgeForm
	BasisDocNo string
	BasisLevel BasisLevel
	State      PledgeState
	UnitPost   int64
	LeaderPost int64
	Text       string // canonical: lines end in \n, nothing else; frozen by the first signature
	DraftedAt  int64
	SignedAt   int64 // when the second side signed
	ChasedOn   string
	Version    int64
}

// SHA256 is the fingerprint of the text (全文指纹): what each signature seals in the ledger.
func (p Pledge) SHA256() string {
	x := sha256.Sum256([]byte(p.Text))
	return hex.EncodeToString(x[:])
}

func (p Pledge) sealed() any {
	return struct {
		Campaign int64       `json:"campaign,string"`
		Unit     int64       `json:"unit,string"`
		Year     int64       `json:"year"`
		Revision int64       `json:"revision"`
		Form     PledgeForm  `json:"kind"`
		DocNo    string      `json:"basis_doc_no"`
		Level    BasisLevel  `json:"basis_level"`
		State    PledgeState `json:"state"`
		UnitPost int64       `json:"unit_post,string"`
		Leader   int64       `json:"leader_post,string"`
		SHA256   string      `json:"sha256"`
	}{p.CampaignID, p.UnitID, p.Year, p.Revision, p.Form, p.BasisDocNo, p.BasisLevel, p.State, p.UnitPost, p.LeaderPost, p.SHA256()}
}

// Signature is one side's signature under a text. A new holder of the post adds his own; the earlier one stays.
type Signature struct {
	ID       int64
	PledgeID int64
	Side     Side
	PostID   int64
	PersonID int64
	SHA256   string // of the text that was signed
	At       int64
}

func (g Signature) sealed() any {
	return struct {
		Pledge int64         `json:"pledge,string"`
		Side   Side          `json:"side"`
		Post   int64         `json:"post,string"`
		SHA256 string        `json:"sha256"`
		At     int64         `json:"at"`
		Person ledger.Person `json:"person"`
	}{g.PledgeID, g.Side, g.PostID, g.SHA256, g.At, ledger.Person(g.PersonID)}
}

// SideView is one side of a pledge as a page shows it.
type SideView struct {
	Side   Side
	PostID int64
	Signed *Signature // the latest of this side; nil if none
	// NewHolder says that the post is held by somebody else than who signed (换人待补签).
	NewHolder bool
	Vacant    bool
}

// Waits reports whether this side has to sign.
func (v SideView) Waits() bool { return v.Signed == nil || v.NewHolder }

// PledgeView is a pledge as a page shows it.
type PledgeView struct {
	Pledge
	Unit, Leader SideView
	Changed      bool   // items have changed since the text was frozen (需补签)
	Status       string // 待双方签, 待单位签, 待领导签, 已签, 需补签, 换人待补签, 已由新版代替
	DaysOpen     int64  // since it was drafted, while somebody has to sign who never has; 0 of what was signed and has changed
	MaySign      Side   // the side on which the actor can sign now; "" if none
}

// Complete reports whether nobody has to sign.
func (v PledgeView) Complete() bool { return v.Status == PledgeSigned.Chinese() }

// look puts a pledge together with its signatures. It is pure.
func (p Pledge) look(d *org.Directory, signatures []Signature, text string, today string) PledgeView {
	v := PledgeView{Pledge: p, Unit: SideView{Side: UnitSide, PostID: p.UnitPost}, Leader: SideView{Side: LeaderSide, PostID: p.LeaderPost}}
	for i, g := range signatures {
		switch {
		case g.PledgeID != p.ID:
		case g.Side == UnitSide:
			v.Unit.Signed = &signatures[i]
		case g.Side == LeaderSide:
			v.Leader.Signed = &signatures[i]
		}
	}
	for _, s := range []*SideView{&v.Unit, &v.Leader} {
		h := d.Holder(s.PostID)
		s.Vacant = h == nil
		s.NewHolder = s.Signed != nil && h != nil && h.ID != s.Signed.PersonID
	}
	v.Changed = p.State != PledgeDraft && p.State != PledgeReplaced && itemsOf(text) != itemsOf(p.Text)
	switch {
	case p.State == PledgeReplaced:
		v.Status = p.State.Chinese()
	case v.Changed:
		v.Status = "需补签"
	case v.Unit.Signed == nil && v.Leader.Signed == nil:
		v.Status = "待双方签"
	case v.Unit.Signed == nil:
		v.Status = "待单位签"
	case v.Leader.Signed == nil:
		v.Status = "待领导签"
	case v.Unit.NewHolder || v.Leader.NewHolder:
		v.Status = "换人待补签"
	default:
		v.Status = "已签"
	}
	if v.Status != "已签" && p.State != PledgeReplaced && v.SignedAt == 0 { // what was signed and has changed since is not open since then
		v.DaysOpen = max(daysTo(period.Day(time.UnixMilli(p.DraftedAt)), today), 0)
	}
	return v
}

// The marks between which the items stand: only they decide whether a signature still covers what is owed.
const (
	itemsBegin = "一、目标任务\n"
	itemsEnd   = "二、约定\n"
)

// promises reports whether the item of that number stands in the text.
func (p Pledge) promises(no string) bool {
	return strings.Contains("\n"+itemsOf(p.Text), "\n"+no+"　")
}

func itemsOf(text string) string {
	_, rest, ok := strings.Cut(text, itemsBegin)
	items, _, ok2 := strings.Cut(rest, itemsEnd)
	if !ok || !ok2 {
		return ""
	}
	return items
}

// pledgeItem is an item with what its text needs.
type pledgeItem struct {
	campaign string
	task     task.Task
	sheet    indicator.Sheet
}

// write makes the canonical text: the same facts always give the same bytes. It names posts and not people, since
// responsibility follows the post. It is pure.
// Source: domain 8 (任务书/责任书 contents seen), 16.4.
func (p Pledge) write(d *org.Directory, items []pledgeItem) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	unit, leader := "", "区领导"
	if u := d.Unit(p.UnitID); u != nil {
		unit = u.Name
	}
	if x := d.Post(p.LeaderPost); x != nil {
		leader = x.Title
	}
	line("%s", p.Form.Chinese())
	line("%s　%d年　第 %d 版", d.Region.Name, p.Year, p.Revision)
	line("")
	line("甲方：%s（%s）", d.Region.Name, leader)
	line("乙方：%s", unit)
	line("责任期限：%d年1月1日至12月31日", p.Year)
	if p.Form == Responsibility {
		line("依据：%s（%s）", p.BasisDocNo, p.BasisLevel.Chinese())
	}
	line("")
	b.WriteString(itemsBegin)
	sort.SliceStable(items, func(i, j int) bool {
		if items[i].campaign != items[j].campaign {
			return items[i].campaign < items[j].campaign
		}
		return lessNo(items[i].task.No, items[j].task.No)
	})
	campaign := ""
	for _, x := range items {
		if x.campaign != campaign {
			campaign = x.campaign
			line("%s", campaign)
		}
		t, plan := x.task, x.sheet.Plan
		line("%s　%s", t.No, strings.Join(strings.Fields(t.Title), " "))
		if t.Standard != "" {
			line("　　完成标准：%s", strings.Join(strings.Fields(t.Standard), " "))
		}
		line("　　目标：%s　%s", x.sheet.Name, indicator.Show(plan.Target, x.sheet.Measure))
		var quarters []string
		for q := plan.From.Quarter(); ; q = q.Last().Next().Quarter() {
			m := min(q.Last(), plan.To)
			quarters = append(quarters, q.Chinese()+" "+indicator.About(plan.Pace(m), x.sheet.Measure))
			if q.Last() >= plan.To {
				break
			}
		}
		line("　　季度累计：%s", strings.Join(quarters, "；"))
		line("　　时限：%s　分值：%s", deadlineText(t), indicator.Number(amount.Scaled(t.Weight*100)))
	}
	line("合计 %d 项", len(items))
	line("")
	b.WriteString(itemsEnd)
	line("乙方按期完成上列目标任务，按月如实填报进展。甲方协调解决需要上级解决的问题。")
	line("目标、时限、分值的调整按程序审批，批准后双方补签。完成情况按区考核办法计分。")
	return b.String()
}
