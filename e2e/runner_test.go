package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"duban/internal/base/period"
	"duban/internal/base/sqldb"
	"duban/migrations"
)

// TestRunner: a play that does not come as written fails, and names the line. Without this no play proves anything.
func TestRunner(t *testing.T) {
	const begin = "区划 350902 蕉城区 蕉城\n建单位 办公室 督查室\n建单位 乡镇 七都镇\n建人员 督查室 宋时雨 主任 督查室\n建人员 七都镇 陈见山 镇长 单位负责人\n作为 督查室 宋时雨\n"
	for _, x := range []struct{ name, text, want string }{
		{"unknown verb", "表扬 七都镇\n", "play.txt:7: 表扬：没有这个动词"},
		{"a word too many", "时间 2017-02-01 10:00 上午\n", "play.txt:7: 时间：多了“上午”"},
		{"a word missing", "作为 督查室\n", "play.txt:7: 作为：少了第 2 个词"},
		{"unknown field", "立行动 ZQ 征迁\n\t颜色：红\n", "play.txt:7: 立行动：看不懂“颜色：红”"},
		{"a refusal that nobody expects", "立行动 zq！ 征迁\n\t牵头领导：主任\n\t牵头单位：七都镇\n时间 2017-02-01\n", "play.txt:7: 立行动：没有办成"},
		{"a refusal at the end", "立行动 zq！ 征迁\n\t牵头领导：主任\n\t牵头单位：七都镇\n", "play.txt:7: 立行动：没有办成"},
		{"no refusal though expected", "时间 2017-02-01\n应拒 时间\n", "play.txt:8: 应拒：第 7 行的“时间”没有被拒绝"},
		{"refused in other words", "立行动 zq！ 征迁\n\t牵头领导：主任\n\t牵头单位：七都镇\n应拒 没有权限\n", "play.txt:10: 应拒：没有“没有权限”"},
		{"refused in another way", "立行动 zq！ 征迁\n\t牵头领导：主任\n\t牵头单位：七都镇\n应拒 编号 权限\n", "play.txt:10: 应拒：不是“权限”"},
		{"the clock goes back", "时间 2016-12-31\n", "play.txt:7: 时间：时间要写成"},
		{"nobody of that name", "作为 七都镇 宋时雨\n", "play.txt:7: 作为：“七都镇”没有“宋时雨”这个人"},
		{"an answer that was not given", "时间 2017-02-01\n应见 下达\n", "play.txt:8: 应见：没有“下达”"},
		{"a to-do that is not there", "待办有 签收\n", "play.txt:7: 待办有"},
		{"a named word twice", "拟确认书 七都镇 领导 甲 领导 乙\n", "“领导”写了两次"},
	} {
		t.Run(x.name, func(t *testing.T) {
			clock := period.At(period.Month("2017-01").Start())
			db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "play.db"), clock)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.Migrate(t.Context(), migrations.FS); err != nil {
				t.Fatal(err)
			}
			p, err := open(t.Context(), db, clock)
			if err != nil {
				t.Fatal(err)
			}
			err = p.perform(t.Context(), "play.txt", begin+x.text)
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("want %q, got %v", x.want, err)
			}
		})
	}
	if _, err := parse("play.txt", "\t字段：值\n"); err == nil || err.Error() != "play.txt:1: 缩进的行前面没有语句" {
		t.Errorf("indented first: %v", err)
	}
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"填报 ZQ-01 3月　42.6":          "填报|ZQ-01|3月|42.6",
		"应拒 “比应达的 15 户 还差 3 户” 不合规": "应拒|比应达的 15 户 还差 3 户|不合规",
		"应拒 “没有“核减”，请写 原因”":         "应拒|没有“核减”，请写 原因",
		"待办有 审批“集镇立面整治（霍童）”的调整申请":   "待办有|审批“集镇立面整治（霍童）”的调整申请",
		"填报 CS-02 说明 “两违”治理 两处":     "填报|CS-02|说明|“两违”治理|两处",
		"表格 “引号没有合上":                "表格|“引号没有合上",
	} {
		if got := strings.Join(tokens(text), "|"); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
