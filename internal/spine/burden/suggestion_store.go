package burden

import "duban/internal/base/sqldb"

const suggestionColumns = `id, kind, page, text, anonymous, person_id, unit_id, pseudonym, at, due_on, calendar_version, outcome, answer, answered_by, answered_at, version`

var (
	insertSuggestion = sqldb.SQL("burden.insertSuggestion", `
INSERT INTO burden_suggestion (region_id, id, request_key, kind, page, text, anonymous, person_id, unit_id, pseudonym, at, due_on, calendar_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`)
	selectSent = sqldb.SQL("burden.selectSent", `
SELECT `+suggestionColumns+` FROM burden_suggestion WHERE region_id = $1 AND request_key = $2`)
	selectSuggestion = sqldb.SQL("burden.selectSuggestion", `
SELECT `+suggestionColumns+` FROM burden_suggestion WHERE region_id = $1 AND id = $2`)
	selectMine = sqldb.SQL("burden.selectMine", `
SELECT `+suggestionColumns+` FROM burden_suggestion
WHERE region_id = $1 AND pseudonym = $2 AND pseudonym <> ''
ORDER BY id DESC
LIMIT 100`)
	answerSuggestion = sqldb.SQL("burden.answerSuggestion", `
UPDATE burden_suggestion
SET outcome = $3, answer = $4, answered_by = $5, answered_at = $6, version = version + 1
WHERE region_id = $1 AND id = $2 AND answered_at = 0`)
	selectSuggestionsSince = sqldb.SQL("burden.selectSuggestionsSince", `
SELECT `+suggestionColumns+` FROM burden_suggestion WHERE region_id = $1 AND at >= $2`)
	listSuggestions = sqldb.Select("burden.listSuggestions", `
SELECT `+suggestionColumns+` FROM burden_suggestion WHERE region_id = ?`, `
ORDER BY id DESC LIMIT ?`, `answered_at = 0`, `answered_at <> 0`, `kind = ?`, `id < ?`)
	selectSuggestionsAll = sqldb.SQL("burden.selectSuggestionsAll", `
SELECT `+suggestionColumns+` FROM burden_suggestion WHERE region_id = $1 ORDER BY id`)
)

func scanSuggestion(r sqldb.Scanner) (s Suggestion, err error) {
	return s, r.Scan(&s.ID, &s.Class, &s.Page, &s.Text, &s.Anonymous, &s.PersonID, &s.UnitID, &s.pseudonym, &s.At, &s.DueOn, &s.CalendarVersion,
		&s.Outcome, &s.Answer, &s.AnsweredBy, &s.AnsweredAt, &s.Version)
}
