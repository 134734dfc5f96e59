package burden

import (
	"context"
	"strconv"
	"time"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
	"duban/internal/spine/notice"
)

// Suggest puts a suggestion into the mailbox (提意见) and opens the to-do of the office that answers it. The same key twice is one suggestion.
// Without a name neither person nor unit is kept: not in the row, not in the ledger, not in the list of used keys. Errors: Invalid
// (kind, page, text), Unauthorized.
func (s *Service) Suggest(ctx context.Context, key string, d SuggestionDraft) (g Suggestion, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return g, err
	}
	if len(key) < 8 || len(key) > 64 {
		return g, errs.New(errs.Invalid, "这张表单没有提交编号，请刷新页面再提交一次；您写的内容请先复制下来。")
	}
	draft, err := d.write()
	if err != nil {
		return g, err
	}
	err = s.suggest(ctx, who, key, draft, &g)
	if errs.KindOf(err) == errs.Conflict { // the same form came twice at once: the other one is in by now
		err = s.suggest(ctx, who, key, draft, &g)
	}
	return g, err
}

// markOf is how a suggestion knows its author, and nothing else does.
func markOf(ctx context.Context, tx *sqldb.Tx, who auth.Actor) (string, error) {
	return ledger.Mark(ctx, tx, who.RegionID, SuggestionKind, who.ID)
}

func (s *Service) suggest(ctx context.Context, who auth.Actor, key string, draft Suggestion, out *Suggestion) error {
	return s.db.Update(ctx, func(tx *sqldb.Tx) error {
		mine, err := markOf(ctx, tx, who)
		if err != nil {
			return err
		}
		sent, dup, err := sqldb.Maybe(ctx, tx, selectSent, scanSuggestion, who.RegionID, key)
		if err != nil {
			return err
		}
		if dup {
			if sent.pseudonym != mine {
				return errs.New(errs.Conflict, "这个提交编号已经用过，请刷新页面再提交。")
			}
			*out = sent
			return nil
		}
		g := draft
		g.ID, g.At = s.ids(), tx.Now().UnixMilli()
		if g.DueOn, g.CalendarVersion, err = s.due(ctx, tx, period.Day(tx.Now()), answerDays); err != nil {
			return err
		}
		author := who
		if g.Anonymous { // his pseudonym too would lead to him: it stands beside his unit in every other entry of his
			author = auth.Actor{RegionID: who.RegionID}
		} else {
			g.PersonID, g.UnitID = who.ID, who.UnitID
		}
		on := subject(SuggestionKind, g.ID)
		if err := s.notices.Open(ctx, tx, who.RegionID, notice.Todo{Role: g.Class.Office(), Kind: "burden.suggestion.answer", Subject: on,
			Title: "答复意见（" + g.Class.Chinese() + "）：" + head(g.Text, 24), Href: "/feedback/" + strconv.FormatInt(g.ID, 10), DueOn: g.DueOn}); err != nil {
			return err
		}
		if err := s.out.Publish(ctx, tx, who.RegionID, SuggestionKind+".submitted", on, map[string]any{"kind": g.Class}); err != nil {
			return err
		}
		if err := ledger.Append(ctx, tx, author, on, "submit", ledger.Row(g.sealed())); err != nil {
			return err
		}
		if mine == "" { // the region's first entry has just made its secret
			if mine, err = markOf(ctx, tx, who); err != nil {
				return err
			}
		}
		g.pseudonym = mine
		*out = g
		_, err = tx.Exec(ctx, insertSuggestion, who.RegionID, g.ID, key, string(g.Class), g.Page, g.Text, g.Anonymous, g.PersonID, g.UnitID, mine, g.At, g.DueOn, g.CalendarVersion)
		return err
	})
}

// head returns the first n characters.
func head(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:n]) + "…"
}

// MySuggestions returns what the actor has written, with a name or without, and the answers, the latest first, at most 100.
func (s *Service) MySuggestions(ctx context.Context) (out []Suggestion, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		mine, err := markOf(ctx, tx, who)
		if err != nil {
			return err
		}
		if out, err = sqldb.All(ctx, tx, selectMine, scanSuggestion, who.RegionID, mine); err != nil {
			return err
		}
		return s.dated(ctx, tx, out)
	})
	return out, err
}

// dated fills in the last day of those that came before the year's holidays were known.
func (s *Service) dated(ctx context.Context, tx *sqldb.Tx, list []Suggestion) (err error) {
	for i := range list {
		if list[i].DueOn == "" {
			if list[i].DueOn, _, err = s.due(ctx, tx, period.Day(time.UnixMilli(list[i].At)), answerDays); err != nil {
				return err
			}
		}
	}
	return nil
}

// SuggestionFilter chooses suggestions; its zero value is all of them.
type SuggestionFilter struct {
	Open, Answered bool
	Class          SuggestionClass
	Before         int64 // only those with a smaller id: the last of the page before
	Limit          int   // 50 if 0
}

// Suggestions lists the mailbox for the offices, the latest first.
func (s *Service) Suggestions(ctx context.Context, f SuggestionFilter) (out []Suggestion, err error) {
	who, err := auth.Require(ctx, MayReadAll)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		q := listSuggestions.With(who.RegionID).If(f.Open, `answered_at = 0`).If(f.Answered, `answered_at <> 0`).
			If(f.Class != "", `kind = ?`, string(f.Class)).If(f.Before != 0, `id < ?`, f.Before)
		if out, err = sqldb.Rows(ctx, tx, q, scanSuggestion, int64(min(f.Limit, 200))); err != nil {
			return err
		}
		return s.dated(ctx, tx, out)
	})
	return out, err
}

// Suggestion returns one suggestion to its author and to the offices; mine says that the actor wrote it. Errors: NotFound.
func (s *Service) Suggestion(ctx context.Context, id int64) (g Suggestion, mine bool, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return g, false, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		list := make([]Suggestion, 1)
		if list[0], err = sqldb.One(ctx, tx, selectSuggestion, scanSuggestion, who.RegionID, id); err != nil {
			return err
		}
		if mine, err = wrote(ctx, tx, who, list[0]); err != nil {
			return err
		}
		if !mine && !who.May(MayReadAll) {
			return errs.New(errs.NotFound, "没有找到，或者您无权查看")
		}
		err = s.dated(ctx, tx, list)
		g = list[0]
		return err
	})
	if err != nil {
		return Suggestion{}, false, err
	}
	return g, mine, nil
}

func wrote(ctx context.Context, tx *sqldb.Tx, who auth.Actor, g Suggestion) (bool, error) {
	mine, err := markOf(ctx, tx, who)
	return mine != "" && mine == g.pseudonym, err
}

// Answer answers a suggestion (答复), once, and closes the office's to-do. Nobody answers his own. Errors: NotFound, Forbidden, Conflict, Invalid (outcome, answer).
func (s *Service) Answer(ctx context.Context, key string, id int64, o Outcome, text string) error {
	_, err := s.once(ctx, MayAnswer, key, "burden.suggestion.answer", func(tx *sqldb.Tx, who auth.Actor) (int64, error) {
		g, err := sqldb.One(ctx, tx, selectSuggestion, scanSuggestion, who.RegionID, id)
		if err != nil {
			return 0, err
		}
		mine, err := wrote(ctx, tx, who, g)
		if err != nil {
			return 0, err
		}
		if mine {
			return 0, errs.New(errs.Forbidden, "自己提的意见不能自己答复，请让别的同志答复。")
		}
		var x texts
		if o.Chinese() == "" {
			x.add("outcome", "还没有选处理结果：采纳、部分采纳或者解释说明。")
		}
		g.Answer = x.need("answer", "答复", text, 1000)
		if err := x.refuse(); err != nil {
			return 0, err
		}
		g.Outcome, g.AnsweredBy, g.AnsweredAt = o, who.ID, tx.Now().UnixMilli()
		n, err := tx.Exec(ctx, answerSuggestion, who.RegionID, id, string(g.Outcome), g.Answer, g.AnsweredBy, g.AnsweredAt)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, errs.New(errs.Conflict, "这条意见已经答复过了，请刷新页面看最新的。")
		}
		on := subject(SuggestionKind, id)
		if err := s.notices.Done(ctx, tx, who.RegionID, "burden.suggestion.answer", on); err != nil {
			return 0, err
		}
		if err := s.out.Publish(ctx, tx, who.RegionID, SuggestionKind+".answered", on, map[string]any{"kind": g.Class, "outcome": o}); err != nil {
			return 0, err
		}
		return id, ledger.Append(ctx, tx, who, on, "answer", ledger.Row(g.sealed()))
	})
	return err
}

// TallyOf counts the suggestions of the current year (收到、答复、按时、超期): whoever is logged in may see how the mailbox is kept.
func (s *Service) TallyOf(ctx context.Context) (t Tally, err error) {
	who, err := auth.From(ctx)
	if err != nil {
		return t, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		t, err = s.tally(ctx, tx, who.RegionID)
		return err
	})
	return t, err
}

func (s *Service) tally(ctx context.Context, tx *sqldb.Tx, regionID int64) (t Tally, err error) {
	jan := period.Month(period.MonthOf(tx.Now()).Year() + "-01")
	list, err := sqldb.All(ctx, tx, selectSuggestionsSince, scanSuggestion, regionID, jan.Start().UnixMilli())
	if err != nil {
		return t, err
	}
	if err := s.dated(ctx, tx, list); err != nil {
		return t, err
	}
	for _, g := range list {
		t.Add(g, period.Day(tx.Now()), period.Day(time.UnixMilli(g.AnsweredAt)))
	}
	return t, nil
}

// EachSuggestion yields every suggestion of the region in its sealed form.
func EachSuggestion(ctx context.Context, tx *sqldb.Tx, regionID int64, yield func(id int64, canonical any) error) error {
	return sqldb.Each(ctx, tx, selectSuggestionsAll, scanSuggestion, func(g Suggestion) error { return yield(g.ID, g.sealed()) }, regionID)
}
