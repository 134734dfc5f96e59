package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"duban/internal/app/demo"
	"duban/internal/app/house"
	"duban/internal/base/period"
	"duban/internal/base/sqldb/sqldbtest"
	"duban/internal/spine/audit"
	"duban/internal/spine/auth"
	"duban/internal/spine/ledger"
)

// TestKeyChange changes the signing key at the machine, once with the old one and once without it: what was kept outside before still holds, the audit log has
// it, and every verification says which handover the old key did not sign.
func TestKeyChange(t *testing.T) {
	for engine, dsn := range sqldbtest.DSNs(t) {
		t.Run(engine, func(t *testing.T) {
			region := smallAt(t, dsn)
			kept := t.TempDir()
			keep := func(name string) (key string) {
				t.Helper()
				file := filepath.Join(kept, name)
				if code, text := run(t, "checkpoint", "--out", file, "--db", dsn); code != 0 {
					t.Fatal(text)
				}
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				_, key = notesIn(string(b))
				return key
			}
			says := func(code int, want []string, args ...string) string {
				t.Helper()
				got, text := run(t, append(args, "--db", dsn)...)
				if got != code {
					t.Errorf("%v: %d %s", args, got, text)
				}
				for _, w := range want {
					if !strings.Contains(text, w) {
						t.Errorf("%v does not say %q: %s", args, w, text)
					}
				}
				return text
			}
			says(0, []string{"还没有签名密钥"}, "key", "show")
			says(1, []string{"还没有签名密钥，不用换"}, "key", "change")
			first := keep("1.txt")
			says(0, []string{first, ledger.Fingerprint(first)}, "key", "show")

			text := says(0, []string{"第 1 次换签名钥", "旧钥、新钥都签了名，原因：例行更换", "duban checkpoint", "旧私钥还在里面"}, "key", "change")
			second := regexp.MustCompile(`新公钥：(\S+)`).FindStringSubmatch(text)[1]
			says(0, []string{second, "第 1 次换签名钥"}, "key", "show")
			says(0, []string{"第 1 次换签名钥", "旧钥、新钥都签了名", "核验通过"}, "verify")
			says(0, []string{"核验通过"}, "verify", "--outside", kept) // the old key and a checkpoint of it
			if k := keep("2.txt"); k != second {
				t.Errorf("the file for the second office holds %s", k)
			}
			says(0, []string{"外面保存的签封 2 份", "核验通过"}, "verify", "--outside", kept) // both keys
			says(0, []string{"核验通过"}, "verify", "--outside", kept, "--pubkey", first)
			says(0, []string{"核验通过"}, "verify", "--outside", kept, "--pubkey", filepath.Join(kept, "1.txt"), "--pubkey", second)
			says(1, []string{"--pubkey 写的不是公钥"}, "verify", "--outside", kept, "--pubkey", "nothing")

			says(1, []string{"写明原因"}, "key", "change", "--without-old")
			says(0, []string{"旧钥未签，原因：钥匙泄露", "当面交"}, "key", "change", "--without-old", "--reason", "钥匙泄露")
			says(0, []string{"第 2 次换签名钥", "旧钥未签，原因：钥匙泄露。", "核验通过"}, "verify")
			says(1, []string{"第 2 次换签名钥旧钥未签", "当面核对新公钥指纹"}, "verify", "--outside", kept)
			third := keep("3.txt")
			says(0, []string{"旧钥未签", "核验通过"}, "verify", "--outside", kept)
			says(1, []string{"第 2 次换签名钥旧钥未签"}, "verify", "--outside", kept, "--pubkey", second)
			says(0, []string{"核验通过"}, "verify", "--outside", kept, "--pubkey", third)

			says(1, []string{"没有叫“别处”的区划。现有：宁德市蕉城区"}, "admin", "forget", "--region", "别处", "--reason", "x")
			says(1, []string{"请写明依据"}, "admin", "forget", "--region", "宁德市蕉城区", "--reason", " ")
			says(0, []string{"化名密钥已销毁"}, "admin", "forget", "--region", "宁德市蕉城区", "--reason", "本人申请，区委办批准")
			says(0, []string{"核验通过"}, "verify")

			h, err := house.Open(t.Context(), house.Options{DSN: dsn, Clock: period.From(demoStart), Params: demo.Cheap})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			auditor := auth.With(t.Context(), auth.Actor{ID: 3, RegionID: region, Roles: []auth.Role{auth.AudAdmin}})
			list, _, err := h.Audit.Entries(auditor, audit.Query{Act: audit.ActRule})
			if err != nil || len(list) != 3 || !strings.Contains(list[0].Detail, "销毁化名密钥") || !strings.Contains(list[1].Detail, "旧钥未签") || list[2].Object != "key:1" {
				t.Errorf("the audit log: %+v %v", list, err)
			}
		})
	}
}
