package campaign

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/indicator"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
	"duban/internal/spine/org"
	"duban/internal/spine/receipt"
	"duban/internal/spine/task"
)

// PledgeDrafting is what a pledge is drafted from. Form "" is the confirmation, LeaderPost 0 the campaign's
// leader, or the first of the district leaders for all campaigns.
type PledgeDrafting struct {
	UnitID     int64
	CampaignID int64 // 0: all campaigns of the year
	Year       int64 // 0: the campaign's, or this year
	Form       PledgeForm
	BasisDocNo string
	BasisLevel BasisLevel
	LeaderPost int64
}

// DraftPledge writes the text from the unit's items as they stand (拟确认书). A draft that nobody has signed is written anew;
// one that is signed gets a next version if its items have changed, and the earlier one is replaced. A responsibility letter is
// refused without document number and level of its basis. Errors: Invalid, Conflict, Forbidden, NotFound.
func (s *Service) DraftPledge(ctx context.Context, d PledgeDrafting) (p Pledge, err error) {
	who, err := auth.Require(ctx, MayDraft)
	if err != nil {
		return p, err
	}
	if d.Form == "" {
		d.Form = Confirmation
	}
	d.BasisDocNo = strings.TrimSpace(d.BasisDocNo)
	switch {
	case d.Form.Chinese() == "":
		return p, errs.At("kind", "请选目标任务确认书或责任状。")
	case d.Form == Responsibility && (d.BasisDocNo == "" || d.BasisLevel.Chinese() == ""):
		return p, errs.Refuse("没有依据，不能签责任状。请改用目标任务确认书，或登记依据。",
			errs.Field{Name: "basis_doc_no", Message: "责任状要有中央或市级文件的明文依据，请写文号和层级。没有依据请用目标任务确认书。"})
	case d.Form == Confirmation:
		d.BasisDocNo, d.BasisLevel = "", NoBasis
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		if !who.Has(auth.Supervisor) {
			if err := who.OwnUnit(d.UnitID); err != nil {
				if d.CampaignID == 0 {
					return err
				}
				if err := s.manages(ctx, tx, who, d.CampaignID); err != nil {
					return err
				}
			}
		}
		b, err := s.loadPledges(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		if b.dir.Unit(d.UnitID) == nil {
			return errs.At("unit", "单位名册里没有这个单位，请重新选。")
		}
		p = Pledge{CampaignID: d.CampaignID, UnitID: d.UnitID, Year: d.Year, Form: d.Form, BasisDocNo: d.BasisDocNo, BasisLevel: d.BasisLevel, LeaderPost: d.LeaderPost, State: PledgeDraft}
		if d.CampaignID != 0 {
			c, ok := b.campaigns[d.CampaignID]
			if !ok {
				return errs.New(errs.NotFound, "没有找到，或者您无权查看")
			}
			p.Year = c.Year
			if p.LeaderPost == 0 {
				p.LeaderPost = c.LeaderPost
			}
		}
		if p.Year == 0 {
			p.Year, _ = strconv.ParseInt(period.MonthOf(tx.Now()).Year(), 10, 64)
		}
		if list := b.dir.Leaders(); p.LeaderPost == 0 && len(list) > 0 {
			p.LeaderPost = list[0].ID
		}
		if x := b.dir.Post(p.LeaderPost); x == nil || !x.Leader {
			return errs.At("leader_post", "还没有定由哪位区领导签。请先在行动里选牵头领导。")
		}
		if h := b.dir.Head(p.UnitID); h != nil {
			p.UnitPost = h.ID
		} else {
			return errs.At("unit", "“%s”还没有登记负责人职务，请系统管理员先补上。", b.dir.UnitName(p.UnitID))
		}
		items := b.items(p)
		if len(items) == 0 {
			return errs.New(errs.Invalid, "“%s”还没有任务，没有什么可签的。", b.dir.UnitName(p.UnitID))
		}
		var last *Pledge
		for i, x := range b.pledges {
			if x.UnitID == p.UnitID && x.CampaignID == p.CampaignID && x.Year == p.Year {
				last = &b.pledges[i]
			}
		}
		p.Revision = 1
		if last != nil {
			p.Revision = last.Revision
			if last.State != PledgeDraft {
				p.Revision++
			}
		}
		p.Text = p.write(b.dir, items)
		if last != nil && last.State == PledgeDraft {
			p.ID, p.DraftedAt, p.Version = last.ID, last.DraftedAt, last.Version+1
			n, err := tx.Exec(ctx, redraftPledge, who.RegionID, p.ID, string(p.Form), p.BasisDocNo, string(p.BasisLevel), p.UnitPost, p.LeaderPost, p.Text)
			if err != nil {
				return err
			}
			if n == 0 {
				return errs.New(errs.Conflict, "这份%s刚刚有人签字，请看过新的内容再说。", p.Form.Chinese())
			}
			if err := s.notices.Done(ctx, tx, who.RegionID, string(MaySign), subject(PledgeKind, p.ID)); err != nil { // another leader may have been chosen
				return err
			}
		} else {
			if last != nil && last.State != PledgeReplaced {
				if itemsOf(p.Text) == itemsOf(last.Text) {
					return errs.New(errs.Conflict, "%d 年的%s已经签字，任务没有变化，不用重拟。", p.Year, last.Form.Chinese())
				}
				if _, err := tx.Exec(ctx, setPledgeState, who.RegionID, last.ID, string(PledgeReplaced), last.SignedAt, last.Version); err != nil {
					return err
				}
				old := *last
				old.State = PledgeReplaced
				if err := s.notices.Done(ctx, tx, who.RegionID, string(MaySign), subject(PledgeKind, old.ID)); err != nil {
					return err
				}
				if err := ledger.Append(ctx, tx, who, subject(PledgeKind, old.ID), "replace", ledger.Row(old.sealed())); err != nil {
					return err
				}
			}
			p.ID, p.DraftedAt, p.Version = s.ids(), tx.Now().UnixMilli(), 1
			if _, err := tx.Exec(ctx, insertPledge, who.RegionID, p.ID, p.CampaignID, p.UnitID, p.Year, p.Revision, string(p.Form), p.BasisDocNo, string(p.BasisLevel), p.UnitPost, p.LeaderPost, p.Text, p.DraftedAt); err != nil {
				return err
			}
		}
		for _, post := range []int64{p.UnitPost, p.LeaderPost} {
			if err := s.askSigner(ctx, tx, who, b.dir, p, post, fmt.Sprintf("（%d 项）", len(items))); err != nil {
				return err
			}
		}
		if err := ledger.Append(ctx, tx, who, subject(PledgeKind, p.ID), "draft", ledger.Row(p.sealed())); err != nil {
			return err
		}
		return s.out.Publish(ctx, tx, who.RegionID, "campaign.pledge.drafted", subject(PledgeKind, p.ID), map[string]any{"unit": p.UnitID, "campaign": p.CampaignID})
	})
	return p, err
}

// askSigner opens the to-do of whoever holds the post, since nobody else of the unit can sign; of the unit if nobody holds it.
func (s *Service) askSigner(ctx context.Context, tx *sqldb.Tx, who auth.Actor, dir *org.Directory, p Pledge, postID int64, more string) error {
	post := dir.Post(postID)
	if post == nil {
		return nil
	}
	t := notice.Todo{Unit: post.UnitID, Kind: string(MaySign), Subject: subject(PledgeKind, p.ID),
		Title: fmt.Sprintf("签%d年%s：%s%s", p.Year, p.Form.Chinese(), dir.UnitName(p.UnitID), more), Href: fmt.Sprintf("/pledges/%d", p.ID)}
	if h := dir.Holder(postID); h != nil && h.UnitID == post.UnitID { // a person sees what waits for his own unit
		t.Person = h.ID
	}
	return s.notices.Open(ctx, tx, who.RegionID, t)
}

// pledgeBase is what pledges are judged against.
type pledgeBase struct {
	dir        *org.Directory
	campaigns  map[int64]Campaign
	pledges    []Pledge
	signatures []Signature
	tasks      map[int64][]task.Task // by lead unit
	sheets     map[int64]indicator.Sheet
}

func (s *Service) loadPledges(ctx context.Context, tx *sqldb.Tx, regionID int64) (b pledgeBase, err error) {
	if b, err = s.loadSigned(ctx, tx, regionID); err != nil {
		return b, err
	}
	return b, b.loadItems(ctx, tx, regionID)
}

// loadSigned is loadPledges without the items.
func (s *Service) loadSigned(ctx context.Context, tx *sqldb.Tx, regionID int64) (b pledgeBase, err error) {
	if b.dir, err = s.org.Directory(ctx, tx, regionID); err != nil {
		return b, err
	}
	g, err := s.register(ctx, tx, regionID)
	if err != nil {
		return b, err
	}
	b.campaigns, b.tasks = g.byID, map[int64][]task.Task{}
	if b.pledges, err = sqldb.All(ctx, tx, selectPledges, scanPledge, regionID); err != nil {
		return b, err
	}
	b.signatures, err = sqldb.All(ctx, tx, selectSignatures, scanSignature, regionID)
	return b, err
}

func (b *pledgeBase) loadItems(ctx context.Context, tx *sqldb.Tx, regionID int64) error {
	tasks, err := task.List(ctx, tx, regionID, task.Filter{})
	if err != nil {
		return err
	}
	sheets, err := indicator.Sheets(ctx, tx, regionID)
	b.useItems(tasks, sheets)
	return err
}

func (b *pledgeBase) useItems(tasks []task.Task, sheets map[int64]indicator.Sheet) {
	for _, t := range tasks {
		if t.Origin.Kind == Kind && t.State != task.Stopped {
			b.tasks[t.LeadUnit] = append(b.tasks[t.LeadUnit], t)
		}
	}
	b.sheets = sheets
}

// choose returns the pledges of the filter that the actor may see, by unit.
func (b pledgeBase) choose(who auth.Actor, all bool, f PledgeFilter) map[int64][]Pledge {
	byUnit := map[int64][]Pledge{}
	for _, p := range b.pledges {
		if f.CampaignID != 0 && p.CampaignID == 0 && !b.leads(p.UnitID, f.CampaignID) {
			continue
		}
		if (f.CampaignID == 0 || p.CampaignID == f.CampaignID || p.CampaignID == 0 && p.Year == b.campaigns[f.CampaignID].Year) && (f.UnitID == 0 || p.UnitID == f.UnitID) &&
			(f.Year == 0 || p.Year == f.Year) && (f.Replaced || p.State != PledgeReplaced) && (all || who.Sees(p.UnitID)) {
			byUnit[p.UnitID] = append(byUnit[p.UnitID], p)
		}
	}
	return byUnit
}

// leads reports whether the unit has an item in the campaign: only then does its pledge for all campaigns say anything of this one.
func (b pledgeBase) leads(unitID, campaignID int64) bool {
	return slices.ContainsFunc(b.tasks[unitID], func(t task.Task) bool { return t.Origin.ID == campaignID })
}

// views puts the chosen pledges in the official order of units.
func (b pledgeBase) views(byUnit map[int64][]Pledge, who auth.Actor, today string) (out []PledgeView) {
	for _, u := range b.dir.Units {
		for _, p := range byUnit[u.ID] {
			out = append(out, b.view(p, who, today))
		}
	}
	return out
}

func (b pledgeBase) items(p Pledge) (out []pledgeItem) {
	for _, t := range b.tasks[p.UnitID] {
		c := b.campaigns[t.Origin.ID]
		if p.CampaignID == c.ID || p.CampaignID == 0 && c.Year == p.Year {
			out = append(out, pledgeItem{c.Name, t, b.sheets[t.IndicatorID]})
		}
	}
	return out
}

func (b pledgeBase) view(p Pledge, who auth.Actor, today string) PledgeView {
	v := p.look(b.dir, b.signatures, p.write(b.dir, b.items(p)), today)
	if p.State == PledgeReplaced || v.Changed {
		return v
	}
	for _, x := range []SideView{v.Unit, v.Leader} {
		if h := b.dir.Holder(x.PostID); h != nil && h.ID == who.ID && x.Waits() && v.MaySign == "" && who.May(MaySign) {
			v.MaySign = x.Side
		}
	}
	return v
}

// SignPledge signs for the side whose post the actor holds (签字): he types his password again, the text freezes, and the ledger
// keeps the SHA-256 of what he signed. version is that of the text which he was shown.
// Errors: Forbidden (holds neither post, wrong password), Conflict (signed already, or the items have changed since).
func (s *Service) SignPledge(ctx context.Context, key string, pledgeID, version int64, password string) (v PledgeView, err error) {
	who, err := auth.Require(ctx, MaySign)
	if err != nil {
		return v, err
	}
	if s.reauth == nil {
		return v, fmt.Errorf("campaign: nothing checks the signer's password")
	}
	if password == "" {
		return v, errs.At("password", "签字要再输一次密码。")
	}
	if err := s.reauth(ctx, password); err != nil {
		return v, err
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, dup, err := receipt.Take(ctx, tx, who, key, string(MaySign))
		if err != nil {
			return err
		}
		p, err := sqldb.One(ctx, tx, lockPledge, scanPledge, who.RegionID, pledgeID)
		if err != nil {
			return err
		}
		b, err := s.loadPledges(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		today := period.Day(tx.Now())
		v = b.view(p, who, today)
		mine := func(post int64) bool { h := b.dir.Holder(post); return h != nil && h.ID == who.ID }
		if !mine(p.UnitPost) && !mine(p.LeaderPost) {
			if !who.Sees(p.UnitID) {
				return who.MaySee(p.UnitID)
			}
			return errs.New(errs.Forbidden, "这份%s要由%s和%s签，您不在其中。", p.Form.Chinese(), b.dir.PostText(p.UnitPost), b.dir.PostText(p.LeaderPost))
		}
		switch {
		case dup:
			return nil
		case p.State == PledgeReplaced:
			return errs.New(errs.Conflict, "这一版已由新版代替，请签新版。")
		case v.Changed, p.State == PledgeDraft && p.write(b.dir, b.items(p)) != p.Text:
			return errs.New(errs.Conflict, "任务在拟稿后有调整，请先重拟再签。")
		case p.Version != version:
			return errs.New(errs.Conflict, "内容刚刚有变化，请看过新的内容再签。")
		case v.MaySign == "":
			return errs.New(errs.Conflict, "您已经签过了。")
		case mine(p.UnitPost) && mine(p.LeaderPost):
			return errs.New(errs.Forbidden, "单位负责人和签字领导是同一个人，请另选签字领导。")
		}
		side, post := v.MaySign, p.UnitPost
		if side == LeaderSide {
			post = p.LeaderPost
		}
		g := Signature{ID: s.ids(), PledgeID: p.ID, Side: side, PostID: post, PersonID: who.ID, SHA256: p.SHA256(), At: tx.Now().UnixMilli()}
		if _, err := tx.Exec(ctx, insertSignature, who.RegionID, g.ID, g.PledgeID, string(g.Side), g.PostID, g.PersonID, g.SHA256, g.At); err != nil {
			return err
		}
		p.State = PledgeHalf
		other := v.Leader
		if side == LeaderSide {
			other = v.Unit
		}
		if other.Signed != nil {
			if p.State = PledgeSigned; p.SignedAt == 0 {
				p.SignedAt = g.At
			}
		}
		if n, err := tx.Exec(ctx, setPledgeState, who.RegionID, p.ID, string(p.State), p.SignedAt, p.Version); err != nil || n == 0 {
			return orConflict(err, "内容刚刚有变化，请看过新的内容再签。")
		}
		p.Version++
		unit := p.UnitID
		if side == LeaderSide {
			unit = b.dir.Post(p.LeaderPost).UnitID
		}
		if err := s.notices.DoneFor(ctx, tx, who.RegionID, string(MaySign), subject(PledgeKind, p.ID), unit); err != nil {
			return err
		}
		b.signatures = append(b.signatures, g)
		v = b.view(p, who, today)
		if err := s.out.Publish(ctx, tx, who.RegionID, "campaign.pledge.signed", subject(PledgeKind, p.ID), map[string]any{"unit": p.UnitID, "campaign": p.CampaignID, "side": side, "state": p.State}); err != nil {
			return err
		}
		return ledger.AppendAll(ctx, tx, who, []ledger.Act{
			{Subject: subject(SignatureKind, g.ID), Verb: "sign", Body: ledger.Row(g.sealed())},
			{Subject: subject(PledgeKind, p.ID), Verb: "sign", Body: ledger.Row(p.sealed()).With(map[string]any{"side": side, "sha256": g.SHA256})},
		})
	})
	return v, err
}

func orConflict(err error, words string) error {
	if err != nil {
		return err
	}
	return errs.New(errs.Conflict, "%s", words)
}

// PledgeFilter chooses pledges; zero fields choose nothing away.
type PledgeFilter struct {
	CampaignID int64 // those of the campaign, and those for all campaigns
	UnitID     int64
	Year       int64
	Replaced   bool // earlier versions too
}

// Pledges returns pledges with who has signed and who has to, in the official order of units: all of them for overseers and for
// the task force of the campaign, otherwise the actor's unit's.
func (s *Service) Pledges(ctx context.Context, f PledgeFilter) (out []PledgeView, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		b, err := s.loadSigned(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		all := who.Overseer()
		if !all && f.CampaignID != 0 {
			if all, err = s.member(ctx, tx, who, f.CampaignID); err != nil {
				return err
			}
		}
		if f.CampaignID != 0 { // whose pledges speak of it, the items say
			if err := b.loadItems(ctx, tx, who.RegionID); err != nil {
				return err
			}
		}
		byUnit := b.choose(who, all, f)
		if len(byUnit) == 0 { // the items are read for what is shown only
			return nil
		}
		if f.CampaignID == 0 {
			if err := b.loadItems(ctx, tx, who.RegionID); err != nil {
				return err
			}
		}
		out = b.views(byUnit, who, period.Day(tx.Now()))
		return nil
	})
	return out, err
}

// Pledge returns one pledge with its text. Errors: NotFound.
func (s *Service) Pledge(ctx context.Context, pledgeID int64) (v PledgeView, err error) {
	who, err := auth.Require(ctx, MayRead)
	if err != nil {
		return v, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		p, err := sqldb.One(ctx, tx, selectPledge, scanPledge, who.RegionID, pledgeID)
		if err != nil {
			return err
		}
		ok, err := s.sees(ctx, tx, who, p.CampaignID, p.UnitID)
		if err != nil {
			return err
		}
		if !ok {
			return who.MaySee(p.UnitID)
		}
		b, err := s.loadPledges(ctx, tx, who.RegionID)
		if err == nil {
			v = b.view(p, who, period.Day(tx.Now()))
		}
		return err
	})
	return v, err
}

// Signatures returns every signature under a pledge, the earliest first, those of earlier holders included.
func (s *Service) Signatures(ctx context.Context, pledgeID int64) (out []Signature, err error) {
	if _, err := s.Pledge(ctx, pledgeID); err != nil {
		return nil, err
	}
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		out, err = sqldb.All(ctx, tx, selectSignaturesOf, scanSignature, who.RegionID, pledgeID)
		return err
	})
	return out, err
}

// ChasePledges urges (催签) every pledge that somebody has to sign, at most once a day each, and returns how many were urged today by this call.
// The system itself may (an actor without a person), and the supervision office.
func (s *Service) ChasePledges(ctx context.Context) (n int, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return 0, err
	}
	if who.ID != 0 && !who.Has(auth.Supervisor) {
		return 0, errs.New(errs.Forbidden, "催签要由督查室来做。")
	}
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		n = 0
		b, err := s.loadPledges(ctx, tx, who.RegionID)
		if err != nil {
			return err
		}
		today := period.Day(tx.Now())
		for _, p := range b.pledges {
			v := b.view(p, who, today)
			if p.State == PledgeReplaced || v.Complete() || p.ChasedOn == today {
				continue
			}
			changed, err := tx.Exec(ctx, chasePledge, who.RegionID, p.ID, today)
			if err != nil {
				return err
			}
			if changed == 0 {
				continue
			}
			n++
			var posts, names []string
			for _, x := range []SideView{v.Unit, v.Leader} {
				if x.Waits() || v.Changed {
					posts = append(posts, strconv.FormatInt(x.PostID, 10))
					names = append(names, strings.ReplaceAll(b.dir.PostText(x.PostID), "　", " "))
					if !v.Changed { // a new holder finds it among his to-dos
						if err := s.askSigner(ctx, tx, who, b.dir, p, x.PostID, ""); err != nil {
							return err
						}
					}
				}
			}
			text := fmt.Sprintf("%d年%s“%s”%s：%s", p.Year, p.Form.Chinese(), b.dir.UnitName(p.UnitID), v.Status, strings.Join(names, "、"))
			if err := s.notices.Remind(ctx, tx, who, notice.Reminder{Subject: subject(PledgeKind, p.ID), Unit: p.UnitID, Text: text}); err != nil && errs.KindOf(err) != errs.Conflict {
				return err
			}
			if err := s.out.Publish(ctx, tx, who.RegionID, "campaign.pledge.chased", subject(PledgeKind, p.ID),
				map[string]any{"unit": p.UnitID, "campaign": p.CampaignID, "posts": strings.Join(posts, ","), "status": v.Status, "days": v.DaysOpen}); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// EachPledge yields every pledge of the region in its sealed form: the fingerprint is taken from the text that stands now.
func EachPledge(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectPledges, scanPledge, func(p Pledge) error { return yield(p.ID, p.sealed()) }, regionID)
}

// EachSignature yields every signature of the region in its sealed form.
func EachSignature(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectSignatures, scanSignature, func(g Signature) error { return yield(g.ID, g.sealed()) }, regionID)
}
