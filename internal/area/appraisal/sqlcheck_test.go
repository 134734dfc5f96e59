package appraisal

import (
	"fmt"
	"math/rand"
	"testing"

	"duban/internal/area/appraisal/score"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/base/sqldb/sqldbtest"

	"github.com/govalues/decimal"
)

// sqlScores is the second implementation of 完成率法, 加减分法, 功效系数法 and 按排名赋分, of totals and of ranks, in SQL alone: values come as
// whole numbers ×10^6, every score leaves as whole hundredths, and each division is rounded half up where it stands. It shares nothing with
// the engine but the formulas of domain 13.1, 13.2, 13.3 and 13.5.
//
// Parameters: region, then ratio's weight, efficacy's weight, rank's weight, δ in percent, step's base, k⁺ and k⁻ in hundredths, the most added
// and the most taken away, and then value and target of five units.
var sqlScores = sqldb.SQL("appraisal.testScores", `
WITH input(unit, region_id, x, t) AS (
	VALUES (1, CAST($1 AS BIGINT), CAST($11 AS BIGINT), CAST($12 AS BIGINT)),
		(2, CAST($1 AS BIGINT), CAST($13 AS BIGINT), CAST($14 AS BIGINT)),
		(3, CAST($1 AS BIGINT), CAST($15 AS BIGINT), CAST($16 AS BIGINT)),
		(4, CAST($1 AS BIGINT), CAST($17 AS BIGINT), CAST($18 AS BIGINT)),
		(5, CAST($1 AS BIGINT), CAST($19 AS BIGINT), CAST($20 AS BIGINT))
), rule AS (
	SELECT CAST($2 AS BIGINT) AS w_ratio, CAST($3 AS BIGINT) AS w_eff, CAST($4 AS BIGINT) AS w_rank, CAST($5 AS BIGINT) AS delta,
		CAST($6 AS BIGINT) AS base, CAST($7 AS BIGINT) AS up, CAST($8 AS BIGINT) AS down, CAST($9 AS BIGINT) AS most_add, CAST($10 AS BIGINT) AS most_less
), field AS (
	SELECT MIN(x) AS lo, MAX(x) AS hi FROM input
), placed AS (
	SELECT i.unit, i.x, i.t, RANK() OVER (ORDER BY i.x DESC) AS place FROM input i
), scored AS (
	SELECT p.unit,
		(2 * r.w_ratio * 100 * CASE WHEN p.x < p.t THEN p.x ELSE p.t END + p.t) / (2 * p.t) AS ratio,
		CASE WHEN p.x >= p.t
			THEN r.base * 100 + (2 * CASE WHEN r.up * (p.x - p.t) > r.most_add * 100000000 THEN r.most_add * 100000000 ELSE r.up * (p.x - p.t) END + 1000000) / 2000000
			ELSE (2 * (r.base * 100000000 - CASE WHEN r.down * (p.t - p.x) > r.most_less * 100000000 THEN r.most_less * 100000000 ELSE r.down * (p.t - p.x) END) + 1000000) / 2000000
		END AS step,
		CASE WHEN f.hi = f.lo THEN r.w_eff * 100
			ELSE (2 * r.w_eff * ((p.x - f.lo) * 40 + 60 * (f.hi - f.lo)) + (f.hi - f.lo)) / (2 * (f.hi - f.lo))
		END AS eff,
		r.w_rank * (100 - r.delta * (p.place - 1)) AS by_rank
	FROM placed p CROSS JOIN rule r CROSS JOIN field f
)
SELECT unit, ratio, step, eff, by_rank, ratio + step + eff + by_rank AS total, RANK() OVER (ORDER BY ratio + step + eff + by_rank DESC) AS place
FROM scored ORDER BY unit`)

type sqlRow struct{ unit, ratio, step, eff, byRank, total, place int64 }

// hundredths of a score as the engine writes it.
func hundredths(t *testing.T, d decimal.Decimal) int64 {
	t.Helper()
	w, f, ok := d.Int64(2)
	if !ok {
		t.Fatalf("%s", d)
	}
	if d.IsNeg() {
		return w*100 - max(f, -f)
	}
	return w*100 + f
}

// The engine and the database agree to the last hundredth and in every rank, on 2,000 random cases.
func TestSQLAgrees(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB, _ *period.Fixed) {
		r := rand.New(rand.NewSource(20170630))
		cases, ties, equal := 2000, 0, 0
		err := db.View(t.Context(), func(tx *sqldb.Tx) error {
			for n := range cases {
				wr, we, wk, delta, base := int64(1+r.Intn(60)), int64(1+r.Intn(60)), int64(1+r.Intn(60)), int64(1+r.Intn(20)), int64(1+r.Intn(40))
				up, down, add, less := int64(1+r.Intn(300)), int64(1+r.Intn(300)), int64(1+r.Intn(30)), int64(1+r.Intn(int(base)))
				text := fmt.Sprintf("id: x\nname: 对照\nversion: \"1\"\nbase: 0\nrounding: {item: 2, total: 2, mode: half_up}\nitems:\n"+
					"  - {id: \"1\", name: 完成率, indicator: 值, weight: %d, method: ratio, params: {cap: 1}}\n"+
					"  - {id: \"2\", name: 加减分, indicator: 值, weight: %d, method: step, params: {k_up: %s, k_down: %s, max_add: %d, max_deduct: %d}}\n"+
					"  - {id: \"3\", name: 功效, indicator: 值, weight: %d, method: efficacy}\n"+
					"  - {id: \"4\", name: 名次, indicator: 值, weight: %d, method: rank, params: {delta: %s}}\n", wr, base, decimal.MustNew(up, 2), decimal.MustNew(down, 2), add, less, we, wk, decimal.MustNew(delta, 2))
				s, err := score.Parse([]byte(text))
				if err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				args := []any{region, wr, we, wk, delta, base, up, down, add, less}
				d := score.Data{Period: "2017Q2"}
				same := r.Intn(40) == 0
				for u := range 5 {
					x, goal := int64(r.Intn(100000)), int64(1+r.Intn(100000)) // hundredths
					switch {
					case same:
						x = 5000
					case u > 0 && r.Intn(6) == 0: // ties
						x = int64(d.Rows[u-1].Value.Decimal.Coef())
					case r.Intn(8) == 0: // just there
						x = goal
					}
					if x > 99999 {
						x = 99999
					}
					args = append(args, x*10000, goal*10000)
					d.Rows = append(d.Rows, score.Input{Unit: fmt.Sprintf("单位%d", u+1), Item: "值", Value: score.Some(decimal.MustNew(x, 2)), Target: score.Some(decimal.MustNew(goal, 2)), Kind: score.Certified})
				}
				rows, err := sqldb.All(t.Context(), tx, sqlScores, func(s sqldb.Scanner) (x sqlRow, err error) {
					return x, s.Scan(&x.unit, &x.ratio, &x.step, &x.eff, &x.byRank, &x.total, &x.place)
				}, args...)
				if err != nil {
					return err
				}
				res := score.Compute(s, d)
				seen := map[int64]bool{}
				for _, w := range rows {
					u := res.Find(fmt.Sprintf("单位%d", w.unit))
					got := sqlRow{w.unit, hundredths(t, u.Item("1").Score), hundredths(t, u.Item("2").Score), hundredths(t, u.Item("3").Score), hundredths(t, u.Item("4").Score), hundredths(t, u.Total), int64(u.Rank)}
					if got != w {
						t.Errorf("case %d: the engine %+v, the database %+v\n%s%s", n, got, w, text, d.Canonical())
						return nil
					}
					if seen[w.place] {
						ties++
					}
					seen[w.place] = true
				}
				if same {
					equal++
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if equal == 0 || ties == 0 {
			t.Errorf("the cases hold no ties (%d) or no group of equals (%d)", ties, equal)
		}
	})
}
