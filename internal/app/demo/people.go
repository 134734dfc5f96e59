package demo

import (
	"math/rand/v2"

	"duban/internal/spine/account"
	"duban/internal/spine/auth"
	"duban/internal/spine/org"
)

// Password is every demonstration account's password. It stands on the log-in page of the demonstration.
const Password = "Yanshi-2017-Mima"

// townships are the sixteen townships and streets of the district in 2017, in official order, with their division codes.
// Source: statistical division codes as of 2015-09-30.
var townships = []struct {
	code, name, login string
	kind              org.Kind
}{
	{"350902001000", "蕉南街道", "jiaonan", org.Subdistrict}, {"350902002000", "蕉北街道", "jiaobei", org.Subdistrict},
	{"350902100000", "城南镇", "chengnan", org.Township}, {"350902101000", "漳湾镇", "zhangwan", org.Township},
	{"350902102000", "七都镇", "qidu", org.Township}, {"350902103000", "八都镇", "badu", org.Township},
	{"350902104000", "九都镇", "jiudu", org.Township}, {"350902105000", "霍童镇", "huotong", org.Township},
	{"350902106000", "赤溪镇", "chixi", org.Township}, {"350902107000", "洋中镇", "yangzhong", org.Township},
	{"350902108000", "飞鸾镇", "feiluan", org.Township}, {"350902109000", "三都镇", "sandu", org.Township},
	{"350902200000", "金涵畲族乡", "jinhan", org.Township}, {"350902201000", "洪口乡", "hongkou", org.Township},
	{"350902202000", "石后乡", "shihou", org.Township}, {"350902203000", "虎贝乡", "hubei", org.Township},
}

// departments are ordinary departments of a district government.
var departments = []struct{ name, short, login, head string }{
	{"区发展和改革局", "区发改局", "fagai", "局长"}, {"区经济和信息化局", "区经信局", "jingxin", "局长"},
	{"区住房和城乡建设局", "区住建局", "zhujian", "局长"}, {"区交通运输局", "区交通局", "jiaotong", "局长"},
	{"区国土资源局", "区国土局", "guotu", "局长"}, {"区财政局", "区财政局", "caizheng", "局长"}, {"区农业局", "区农业局", "nongye", "局长"},
	{"区林业局", "区林业局", "linye", "局长"}, {"区旅游局", "区旅游局", "lvyou", "局长"},
	{"区行政执法局", "区执法局", "zhifa", "局长"}, {"区征收与补偿办公室", "区征迁办", "zhengqian", "主任"},
	{"区统计局", "区统计局", "tongji", "局长"}, {"区审计局", "区审计局", "shenji", "局长"},
}

// leaders are the district leadership; the post's index is the campaign's.
var leaders = []struct{ title, login string }{
	{"区委书记", "shuji"}, {"区长", "quzhang"}, {"常务副区长", "changwu"}, {"区委常委、副区长", "fuqu1"}, {"副区长", "fuqu2"}, {"区委宣传部部长", "xuanchuan"}, {"区委组织部部长", "zuzhi"},
}

var surnames = []rune("林陈黄张吴李郑王刘苏谢郭叶余曾蔡周江许徐何缪钟雷阮彭章詹")
var given = []string{"见山", "平野", "知秋", "思齐", "望舒", "守成", "克让", "致远", "晚舟", "海生", "清和", "向晚", "小舟", "时雨", "衡之", "明川", "若水", "行健", "景行", "怀谷",
	"云帆", "子规", "砚田", "北辰", "书言", "松年", "一诺", "青禾", "岱宗", "沐阳", "修远", "秉文", "立言", "长庚", "月明", "星河", "半夏", "如松", "竹溪", "闻道",
	"采薇", "宁远", "远山", "溪亭", "南屏", "东篱", "逸飞", "承志", "弘毅", "令仪"}

// names invents names that do not repeat. All people of the demonstration are invented.
type names struct {
	rnd  *rand.Rand
	used map[string]bool
}

func (n *names) next() string {
	for {
		s := string(surnames[n.rnd.IntN(len(surnames))]) + given[n.rnd.IntN(len(given))]
		if !n.used[s] {
			n.used[s] = true
			return s
		}
	}
}

// person is somebody of the demonstration, able to act.
type person struct {
	id    int64
	name  string
	unit  int64
	post  int64
	login string
	roles []auth.Role
}

// cast is everybody, by what they do.
type cast struct {
	region                                 int64
	sys, sec, aud                          *person
	leaders                                []*person
	supervisors, appraisers                []*person
	statistics, auditor                    *person
	heads, clerks                          map[string]*person // by unit name
	units                                  map[string]*org.Unit
	all                                    []*person
	offices, supervision, appraisalOffice  *org.Unit
	personnel, discipline, disciplineClerk *person // of 区委组织部 and 区纪委
}

// Cheap is the cost of the demonstration's passwords, which everybody may read on the log-in page. No other installation uses it.
var Cheap = account.Params{MemoryKiB: 1024, Passes: 1, Threads: 1}
