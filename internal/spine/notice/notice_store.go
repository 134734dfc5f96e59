package notice

import "duban/internal/base/sqldb"

const todoColumns = `id, unit_id, role, kind, subject_kind, subject_id, title, href, due_on, opened_at`

var (
	insertTodo = sqldb.SQL("notice.insertTodo", `
INSERT INTO notice_todo (region_id, id, unit_id, role, kind, subject_kind, subject_id, title, href, due_on, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (region_id, kind, subject_kind, subject_id, unit_id, role) WHERE done_at = 0 DO NOTHING`)
	doneTodo = sqldb.SQL("notice.doneTodo", `
UPDATE notice_todo SET done_at = $5
WHERE region_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id = $4 AND done_at = 0`)
	doneTodoUnit = sqldb.SQL("notice.doneTodoUnit", `
UPDATE notice_todo SET done_at = $6
WHERE region_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id = $4 AND unit_id = $5 AND done_at = 0`)
	selectUnitTodos = sqldb.SQL("notice.selectUnitTodos", `
SELECT `+todoColumns+`
FROM notice_todo
WHERE region_id = $1 AND unit_id = $2 AND unit_id <> 0 AND done_at = 0
ORDER BY due_on, id
LIMIT 200`)
	selectRoleTodos = sqldb.SQL("notice.selectRoleTodos", `
SELECT `+todoColumns+`
FROM notice_todo
WHERE region_id = $1 AND role = $2 AND done_at = 0
ORDER BY due_on, id
LIMIT 200`)
	insertReminder = sqldb.SQL("notice.insertReminder", `
INSERT INTO notice_reminder (region_id, subject_kind, subject_id, reminded_on, unit_id, text, reminded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region_id, subject_kind, subject_id, reminded_on) DO NOTHING`)
	selectReminders = sqldb.SQL("notice.selectReminders", `
SELECT subject_kind, subject_id, reminded_on, unit_id, text, reminded_by
FROM notice_reminder
WHERE region_id = $1 AND unit_id = $2 AND reminded_on >= $3
ORDER BY reminded_on DESC, subject_id
LIMIT 100`)
)

func scanTodo(s sqldb.Scanner) (t Todo, err error) {
	return t, s.Scan(&t.ID, &t.Unit, &t.Role, &t.Kind, &t.Subject.Kind, &t.Subject.ID, &t.Title, &t.Href, &t.DueOn, &t.OpenedAt)
}

func scanReminder(s sqldb.Scanner) (r Reminder, err error) {
	return r, s.Scan(&r.Subject.Kind, &r.Subject.ID, &r.Day, &r.Unit, &r.Text, &r.By)
}
