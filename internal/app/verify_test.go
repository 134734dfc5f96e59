package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"duban/internal/app/demo"
	"duban/internal/app/house"
	"duban/internal/area/appraisal"
	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/internal/spine/auth"
)

var pokeLine = sqldb.SQL("appraisal.testPoke", `UPDATE appraisal_board SET body = $3 WHERE region_id = $1 AND id = $2`)

// TestProofOfAPublishedScore plays the demonstration, downloads a unit's proof of its published quarter, checks it with no
// database, and finds a score that is changed afterwards: in the bundle, and in the database.
func TestProofOfAPublishedScore(t *testing.T) {
	ctx := t.Context()
	clock := period.At(demoStart)
	file := copyOfPlayed(t)
	h, err := house.Open(ctx, house.Options{DSN: "sqlite:" + file, Clock: clock, Params: demo.Cheap})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	regions, _ := h.Org.Regions(ctx)
	region := regions[0].ID
	leader := auth.With(ctx, auth.Actor{ID: 1, RegionID: region, UnitID: 1, Roles: []auth.Role{auth.Leader}})
	rounds, err := h.Appraisal.Rounds(leader)
	if err != nil || len(rounds) != 2 {
		t.Fatalf("%d rounds, %v", len(rounds), err)
	}
	v, err := h.Appraisal.Show(leader, rounds[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var board appraisal.Board
	for _, b := range v.Boards {
		if b.Group == "镇街组" {
			board = b
		}
	}
	if len(board.Lines) != 16 {
		t.Fatalf("%d townships on the board", len(board.Lines))
	}
	unit := board.Lines[4]
	head := auth.With(ctx, auth.Actor{ID: 2, RegionID: region, UnitID: unit.UnitID, Units: []int64{unit.UnitID}, Roles: []auth.Role{auth.Head}})
	_, bundle, err := h.Bundle(head, v.Round.ID, unit.UnitID)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range board.Lines {
		if other.Unit != unit.Unit && (bytes.Contains(bundle, []byte(`\"`+other.Total+`\"`)) && other.Total != unit.Total) {
			t.Errorf("the bundle of %s shows the total of %s, which is released by tier", unit.Unit, other.Unit)
		}
	}
	if _, _, err := h.Bundle(head, v.Round.ID, board.Lines[5].UnitID); err == nil {
		t.Error("a unit downloaded another unit's proof")
	}
	key, err := h.Ledger.PublicKey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, b []byte, args ...string) (int, string) {
		t.Helper()
		f := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errOut bytes.Buffer
		code := Run(ctx, append([]string{"verify", f}, args...), &out, &errOut)
		return code, out.String() + errOut.String()
	}
	if code, text := check("good.json", bundle, "--key", key); code != 0 {
		t.Fatalf("the untouched bundle is refused: %s", text)
	}
	if code, text := check("nokey.json", bundle); code != 0 || !strings.Contains(text, "签名未证实") {
		t.Errorf("without a key: %d %s", code, text)
	}
	old := `\"total\":\"` + unit.Total + `\"`
	forged := regexp.MustCompile(regexp.QuoteMeta(`"total":"`+unit.Total+`"`)).ReplaceAll(bundle, []byte(`"total":"99.99"`))
	forged = bytes.ReplaceAll(forged, []byte(old), []byte(`\"total\":\"99.99\"`))
	if bytes.Equal(forged, bundle) {
		t.Fatal("the forgery changed nothing")
	}
	if code, text := check("forged.json", forged, "--key", key); code == 0 || !strings.Contains(text, unit.Unit) {
		t.Errorf("the forged bundle passes or names nobody: %d %s", code, text)
	}
	// The office's bundle scores everybody once more.
	_, all, err := h.Bundle(leader, v.Round.ID, unit.UnitID)
	if err != nil {
		t.Fatal(err)
	}
	if code, text := check("all.json", all, "--key", key); code != 0 {
		t.Errorf("the office's bundle is refused: %s", text)
	}
	// A score changed in the database: duban verify names the board.
	h.Close()
	var out bytes.Buffer
	if code := Run(ctx, []string{"verify", "--db", "sqlite:" + file}, &out, &out); code != 0 {
		t.Fatalf("the untouched database does not verify: %s", out.String())
	}
	h, err = house.Open(ctx, house.Options{DSN: "sqlite:" + file, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := h.DB.Update(ctx, func(tx *sqldb.Tx) error {
		body := strings.Replace(string(mustJSON(t, board)), `"total":"`+unit.Total+`"`, `"total":"99.99"`, 1)
		_, err := tx.Exec(ctx, pokeLine, region, board.ID, body)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if code := Run(ctx, []string{"verify", "--db", "sqlite:" + file}, &out, &out); code == 0 || !strings.Contains(out.String(), "排名表") {
		t.Errorf("a changed score was not found: %s", out.String())
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
