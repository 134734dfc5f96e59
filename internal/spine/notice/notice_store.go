package notice

import "duban/internal/base/sqldb"

const todoColumns = `id, unit_id, person_id, role, kind, subject_kind, subject_id, title, href, due_on, opened_at`

var (
	// What is open already goes to whoever has to do it now.
	insertTodo = sqldb.SQL("notice.insertTodo", `
INSERT INTO notice_todo (region_id, id, unit_id, person_id, role, kind, subject_kind, subject_id, title, href, due_on, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (region_id, kind, subject_kind, subject_id, unit_id, role) WHERE done_at = 0 DO UPDATE
SET person_id = excluded.person_id
WHERE notice_todo.person_id <> excluded.person_id`)
	// What opens by a fact that is later than the one which opened it before is open by the later one.
	insertTodoBy = sqldb.SQL("notice.insertTodoBy", `
INSERT INTO notice_todo (region_id, id, unit_id, role, kind, subject_kind, subject_id, title, href, due_on, opened_at, opened_fact)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (region_id, kind, subject_kind, subject_id, unit_id, role) WHERE done_at = 0 DO UPDATE
SET title = excluded.title, href = excluded.href, due_on = excluded.due_on, opened_fact = excluded.opened_fact
WHERE notice_todo.opened_fact < excluded.opened_fact`)
	// takeTurn locks what may be open and what may be done for one matter, and returns the last fact by which it was done.
	takeTurn = sqldb.SQL("notice.takeTurn", `
INSERT INTO notice_turn (region_id, kind, subject_kind, subject_id, unit_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, subject_kind, subject_id, kind, unit_id) DO UPDATE SET done_fact = notice_turn.done_fact
RETURNING done_fact`)
	passTurn = sqldb.SQL("notice.passTurn", `
UPDATE notice_turn SET done_fact = $6
WHERE region_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id = $4 AND unit_id = $5 AND done_fact < $6`)
	doneTodoBy = sqldb.SQL("notice.doneTodoBy", `
UPDATE notice_todo SET done_at = $5
WHERE region_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id = $4 AND done_at = 0 AND opened_fact < $6`)
	doneTodoUnitBy = sqldb.SQL("notice.doneTodoUnitBy", `
UPDATE notice_todo SET done_at = $6
WHERE region_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id = $4 AND unit_id = $5 AND done_at = 0 AND opened_fact < $7`)
	doneTodo = sqldb.SQL("notice.doneTodo", `
UPDATE notice_todo SET done_at = $5
WHERE region_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id = $4 AND done_at = 0`)
	doneTodoUnit = sqldb.SQL("notice.doneTodoUnit", `
UPDATE notice_todo SET done_at = $6
WHERE region_id = $1 AND kind = $2 AND subject_kind = $3 AND subject_id = $4 AND unit_id = $5 AND done_at = 0`)
	selectUnitTodos = sqldb.SQL("notice.selectUnitTodos", `
SELECT `+todoColumns+`
FROM notice_todo
WHERE region_id = $1 AND unit_id = $2 AND unit_id <> 0 AND done_at = 0 AND person_id IN (0, $3)
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
	return t, s.Scan(&t.ID, &t.Unit, &t.Person, &t.Role, &t.Kind, &t.Subject.Kind, &t.Subject.ID, &t.Title, &t.Href, &t.DueOn, &t.OpenedAt)
}

func scanReminder(s sqldb.Scanner) (r Reminder, err error) {
	return r, s.Scan(&r.Subject.Kind, &r.Subject.ID, &r.Day, &r.Unit, &r.Text, &r.By)
}
