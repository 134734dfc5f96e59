package template

import "duban/internal/base/sqldb"

const versionColumns = `id, paper, revision, file_name, size, sha256, note, made_by, made_at`

const turnColumns = `id, paper, turn, revision, reason, made_by, made_at`

var (
	insertVersion = sqldb.SQL("template.insertVersion", `
INSERT INTO template_version (region_id, id, paper, revision, file, file_name, size, sha256, note, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (region_id, paper, revision) DO NOTHING`)
	selectVersions = sqldb.SQL("template.selectVersions", `
SELECT `+versionColumns+` FROM template_version WHERE region_id = $1 AND paper = $2 ORDER BY revision DESC`)
	selectVersion = sqldb.SQL("template.selectVersion", `
SELECT `+versionColumns+` FROM template_version WHERE region_id = $1 AND paper = $2 AND revision = $3`)
	selectFile = sqldb.SQL("template.selectFile", `
SELECT file FROM template_version WHERE region_id = $1 AND paper = $2 AND revision = $3`)
	selectVersionsAll = sqldb.SQL("template.selectVersionsAll", `
SELECT `+versionColumns+`, file FROM template_version WHERE region_id = $1 ORDER BY id`)
	insertTurn = sqldb.SQL("template.insertTurn", `
INSERT INTO template_turn (region_id, id, paper, turn, revision, reason, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (region_id, paper, turn) DO NOTHING`)
	selectTurns = sqldb.SQL("template.selectTurns", `
SELECT `+turnColumns+` FROM template_turn WHERE region_id = $1 AND paper = $2 ORDER BY turn DESC`)
	selectTurnsAll = sqldb.SQL("template.selectTurnsAll", `
SELECT `+turnColumns+` FROM template_turn WHERE region_id = $1 ORDER BY id`)
)

func scanVersion(s sqldb.Scanner) (v Version, err error) {
	return v, s.Scan(&v.ID, &v.Paper, &v.Revision, &v.FileName, &v.Size, &v.SHA256, &v.Note, &v.MadeBy, &v.MadeAt)
}

type storedVersion struct {
	Version
	file []byte
}

func scanStored(s sqldb.Scanner) (v storedVersion, err error) {
	return v, s.Scan(&v.ID, &v.Paper, &v.Revision, &v.FileName, &v.Size, &v.SHA256, &v.Note, &v.MadeBy, &v.MadeAt, &v.file)
}

func scanFile(s sqldb.Scanner) (b []byte, err error) { return b, s.Scan(&b) }

func scanTurn(s sqldb.Scanner) (t Turn, err error) {
	return t, s.Scan(&t.ID, &t.Paper, &t.Turn, &t.Revision, &t.Reason, &t.MadeBy, &t.MadeAt)
}
