package outbox

import (
	"encoding/json"
	"time"

	"duban/internal/base/sqldb"
)

var insertFact = sqldb.SQL("outbox.insertFact", `
INSERT INTO outbox_fact (region_id, id, name, subject_kind, subject_id, body, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`)

var anyFact = sqldb.SQL("outbox.anyFact", `
SELECT region_id FROM outbox_fact WHERE spread = FALSE LIMIT 1`)

// claimFacts takes new facts of every region. The condition stands outside the subquery too: a second worker that
// waited for the first one's rows looks at them again.
var claimFacts = sqldb.SQL("outbox.claimFacts", `
UPDATE outbox_fact SET spread = TRUE
WHERE (region_id, id) IN (SELECT f.region_id, f.id FROM outbox_fact f WHERE f.spread = FALSE ORDER BY f.region_id, f.id LIMIT $1)
  AND spread = FALSE
RETURNING region_id, id, name, subject_kind, subject_id, body, at`)

var insertJob = sqldb.SQL("outbox.insertJob", `
INSERT INTO outbox_job (region_id, id, kind, unique_key, args, state, run_at, made_at)
VALUES ($1, $2, $3, $4, $5, 'ready', $6, $7)
ON CONFLICT (region_id, kind, unique_key) WHERE unique_key <> '' DO NOTHING`)

var anyDue = sqldb.SQL("outbox.anyDue", `
SELECT region_id FROM outbox_job
WHERE state IN ('ready', 'running') AND ((state = 'ready' AND run_at <= $1) OR (state = 'running' AND lease_until < $1))
LIMIT 1`)

// claimJobs takes due jobs of every region.
var claimJobs = sqldb.SQL("outbox.claimJobs", `
UPDATE outbox_job SET state = 'running', attempt = attempt + 1, lease_until = $2
WHERE (region_id, id) IN (
	SELECT j.region_id, j.id FROM outbox_job j
	WHERE j.state IN ('ready', 'running') AND ((j.state = 'ready' AND j.run_at <= $1) OR (j.state = 'running' AND j.lease_until < $1))
	ORDER BY j.run_at, j.id LIMIT $3)
  AND (state = 'ready' OR (state = 'running' AND lease_until < $1))
RETURNING region_id, id, kind, unique_key, args, state, run_at, attempt, error`)

// finishJob is fenced: whoever lost the lease finds another number of attempts, or the job done.
var finishJob = sqldb.SQL("outbox.finishJob", `
UPDATE outbox_job SET state = 'done', ended_at = $4, error = ''
WHERE region_id = $1 AND id = $2 AND attempt = $3 AND state = 'running'`)

var putBack = sqldb.SQL("outbox.putBack", `
UPDATE outbox_job SET state = $4, run_at = $5, error = $6
WHERE region_id = $1 AND id = $2 AND attempt = $3 AND state = 'running'`)

var prolong = sqldb.SQL("outbox.prolong", `
UPDATE outbox_job SET lease_until = $4
WHERE region_id = $1 AND id = $2 AND attempt = $3 AND state = 'running'`)

var deadJobs = sqldb.SQL("outbox.deadJobs", `
SELECT region_id, id, kind, unique_key, args, state, run_at, attempt, error FROM outbox_job
WHERE region_id = $1 AND state = 'dead'
ORDER BY id DESC LIMIT $2`)

var reviveJob = sqldb.SQL("outbox.reviveJob", `
UPDATE outbox_job SET state = 'ready', attempt = 0, run_at = $3
WHERE region_id = $1 AND id = $2 AND state = 'dead'`)

// purgeScheduled keeps the last run of each schedule: without it a program that starts again would find the month's run not done.
var purgeScheduled = sqldb.SQL("outbox.purgeScheduled", `
DELETE FROM outbox_job WHERE region_id = 0 AND state = 'done' AND ended_at < $1 AND substr(kind, 1, 6) = 'every:'
  AND EXISTS (SELECT 1 FROM outbox_job n WHERE n.region_id = 0 AND n.kind = outbox_job.kind AND n.id > outbox_job.id)`)

var purgeDone = sqldb.SQL("outbox.purgeDone", `
DELETE FROM outbox_job WHERE region_id IS NOT NULL AND state = 'done' AND ended_at < $1 AND (unique_key = '' OR substr(kind, 1, 5) = 'fact:')`)

func scanFact(s sqldb.Scanner) (f Fact, err error) {
	var body string
	var at int64
	err = s.Scan(&f.RegionID, &f.ID, &f.Name, &f.Subject.Kind, &f.Subject.ID, &body, &at)
	f.Body, f.At = json.RawMessage(body), time.UnixMilli(at)
	return f, err
}

func scanJob(s sqldb.Scanner) (j Job, err error) {
	var args string
	var at int64
	err = s.Scan(&j.RegionID, &j.ID, &j.Kind, &j.Key, &args, &j.State, &at, &j.Attempt, &j.Error)
	j.Args, j.RunAt = json.RawMessage(args), time.UnixMilli(at)
	return j, err
}
