package breakdown

import "testing"

func TestField(t *testing.T) {
	b := base{year: 2017, date: "2017-02-21"}
	for _, c := range []struct{ in, day, kind string }{
		{"2019年6月底前", "2019-06-30", ""},
		{"年底前", "2017-12-31", ""},
		{"2020年底", "2020-12-31", ""},
		{"6月底", "2017-06-30", ""},
		{"6月", "2017-06-30", ""},
		{"2016年2月", "2016-02-29", ""},
		{"２０１７年６月３０日", "2017-06-30", ""},
		{"二〇一七年十二月三十一日", "2017-12-31", ""},
		{"十月底前", "2017-10-31", ""},
		{"2017-06-30", "2017-06-30", ""},
		{"2017/6/30", "2017-06-30", ""},
		{"2017.6", "2017-06-30", ""},
		{"20170630", "2017-06-30", ""},
		{"42916", "2017-06-30", ""},
		{"2017-06-30 00:00:00", "2017-06-30", ""},
		{"2018", "2018-12-31", ""},
		{"三季度", "2017-09-30", ""},
		{"第4季度末", "2017-12-31", ""},
		{"上半年", "2017-06-30", ""},
		{"5月中旬", "2017-05-20", ""},
		{"1月-6月", "2017-06-30", ""},
		{"2017年3月至2018年5月", "2018-05-31", ""},
		{"06-30-17", "2017-06-30", ""},
		{"Jun-17", "2017-06-30", ""},
		{"13-30-17", "", "bad"},
		{"2017.3-2019.12", "2019-12-31", ""},
		{"2017年3月—9月", "2017-09-30", ""},
		{"2017.3.1-2017.6.15", "2017-06-15", ""},
		{"明年3月底前", "2018-03-31", ""},
		{"年内", "2017-12-31", ""},
		{"印发之日起30日内", "2017-03-23", ""},
		{"自印发之日起3个月内", "2017-05-21", ""},
		{"每年2月底前", "", "every"},
		{"每月5日前", "", "every"},
		{"持续推进", "", "stand"},
		{"长期坚持", "", "stand"},
		{"全年", "", "stand"},
		{"", "", ""},
		{"—", "", ""},
		{"2月30日", "", "bad"},
		{"2017-13-01", "", "bad"},
		{"尽快", "", "bad"},
		{"印发之日起30个工作日内", "", "bad"},
	} {
		due, mend := b.field(c.in)
		kind := ""
		switch {
		case mend != "":
			kind = "bad"
		case due.Recurring:
			kind = "every"
		case due.Standing:
			kind = "stand"
		}
		if c.in == "全年" && due.Day == "2017-12-31" {
			t.Errorf("全年 is a span")
		}
		if due.Day != c.day || kind != c.kind {
			t.Errorf("%s: %q %s %s, want %q %s", c.in, due.Day, kind, mend, c.day, c.kind)
		}
	}
	if _, mend := (base{}).field("年底前"); mend != noYear {
		t.Error(mend)
	}
}

func TestProse(t *testing.T) {
	b := base{year: 2018, date: "2018-11-16"}
	for _, c := range []struct{ in, day, text string }{
		{"2019年6月底前，研究建立指标体系。", "2019-06-30", "2019年6月底前"},
		{"到2020年，秸秆综合利用率达到85%以上。", "2020-12-31", "到2020年"},
		{"实现全覆盖，2020年底完成。", "2020-12-31", "2020年底"},
		{"2019年3月底前启动，2019年12月底前完成。", "2019-12-31", "2019年12月底前"},
		{"2020年起，每年2月底前各省份完成考核工作。", "", "每年2月底前"},
		{"从2019年1月1日起，实施三年计划。", "", ""},
		{"2019年1月1日至12月31日，对企业返还。", "", ""},
		{"执行2018—2020年规划。", "", ""},
		{"2017年底前已建成的项目。", "", ""},
		{"纳入年底效能考核。", "", ""},
		{"在本意见印发之日起30日内，制定办法。", "2018-12-16", "印发之日起30日内"},
		{"2月底前完成。", "2019-02-28", "2月底前"},
		{"3年内建成；用5年内时间。", "", ""},
		{"2019年上半年，印发实施方案。", "2019-06-30", "2019年上半年"},
		{"做好日常管理，持续推进。", "", "持续推进"},
		{"持续推进改革。", "", ""},
		{"比2015年底增加5%。", "", ""},
	} {
		due, _ := b.prose(c.in)
		if due.Day != c.day || due.Text != c.text {
			t.Errorf("%s: %q %q, want %q %q", c.in, due.Day, due.Text, c.day, c.text)
		}
	}
}

func TestFrame(t *testing.T) {
	for _, c := range []struct {
		paras []string
		opt   Options
		year  int
		date  string
	}{
		{[]string{"某区2017年重点工作任务分解", "某政〔2016〕8号", "2016年12月30日"}, Options{}, 2017, "2016-12-30"},
		{[]string{"通知", "二〇一七年三月五日"}, Options{}, 2017, "2017-03-05"},
		{[]string{"某政发〔2018〕3号"}, Options{}, 2018, ""},
		{[]string{"某区某计划（2018—2020年）", "2018年5月1日"}, Options{}, 2018, "2018-05-01"},
		{[]string{"2018年5月1日"}, Options{Year: 2020}, 2020, "2018-05-01"},
		{[]string{"正文"}, Options{Date: "2017-01-01"}, 2017, "2017-01-01"},
	} {
		if b := frame(c.paras, c.opt); b.year != c.year || b.date != c.date {
			t.Errorf("%v: %d %s, want %d %s", c.paras, b.year, b.date, c.year, c.date)
		}
	}
}

func TestReadQuantity(t *testing.T) {
	for _, c := range []struct{ in, value, unit string }{
		{"3亿", "3", "亿"},
		{"30,000 万元", "30000", "万元"},
		{"８．２６", "8.26", ""},
		{"≥95%", "95", "%"},
		{"新增规上企业30家以上", "30", "家"},
		{"增长8％左右", "8", "%"},
		{"-1.50个百分点", "-1.5", "个百分点"},
		{"2.18万亿元", "2.18", "万亿元"},
		{"三家", "3", "家"},
		{"0.10", "0.1", ""},
		{"1234567890123456789", "1234567890123456789", ""},
		{"2017年完成5个", "5", "个"},
		{"3-5家", "", ""},
		{"新建2所、改建3所", "", ""},
		{"全面完成", "", ""},
		{"12345678901234567890", "", ""},
		{"", "", ""},
	} {
		q, ok := ReadQuantity(c.in)
		if ok != (c.value != "") || ok && (q.Value != c.value || q.Unit != c.unit) {
			t.Errorf("%s: %+v %v, want %s %s", c.in, q, ok, c.value, c.unit)
		}
	}
	for _, c := range []struct{ value, unit, want, out string }{
		{"3", "亿", "万元", "30000"},
		{"3", "亿元", "万元", "30000"},
		{"5.25", "元", "万元", "0.000525"},
		{"2", "万亩", "亩", "20000"},
		{"1.5", "千米", "千米", "1.5"},
		{"12", "公里", "万元", ""},
		{"5", "", "个", "5"},
	} {
		q, ok := Quantity{c.value, c.unit}.In(c.want)
		if ok != (c.out != "") || ok && (q.Value != c.out || q.Unit != c.want) {
			t.Errorf("%s%s in %s: %+v %v", c.value, c.unit, c.want, q, ok)
		}
	}
}

func TestHanNumber(t *testing.T) {
	for s, want := range map[string]int{"十二": 12, "二十": 20, "一百零三": 103, "二〇一九": 2019, "三百一十二": 312, "10": 10, "": -1, "甲": -1, "两千零一十七": 2017} {
		if got := hanNumber(s); got != want {
			t.Errorf("%s: %d, want %d", s, got, want)
		}
	}
}

// TestShortDates: what people type into a cell for short is a day where it can only be one, and is asked about where it can be two things.
func TestShortDates(t *testing.T) {
	b := base{year: 2017, fixed: true}
	for text, want := range map[string]string{
		"9-30": "2017-09-30", "9/30": "2017-09-30", "9/10": "2017-09-10", "9-30前": "2017-09-30", "17.9.30": "2017-09-30", "17-9-30": "2017-09-30", "17-09-30": "2017-09-30",
		"Q3": "2017-09-30", "2018Q1": "2018-03-31", "2018年Q4": "2018-12-31", "06-30-17": "2017-06-30",
		"9-10": "", "2/30": "", "13/40": "", "Q5": "", "17.13.1": "",
	} {
		due, mend := b.field(text)
		if due.Day != want || (mend == "") != (want != "") || due.Text != text {
			t.Errorf("%s is read as %q (%s)", text, due.Day, mend)
		}
	}
	if due, mend := (base{}).field("9/30"); due.Day != "" || mend != noYear {
		t.Errorf("a day without a year: %q %s", due.Day, mend)
	}
	if due, mend := (base{}).field("Q3"); due.Day != "" || mend != noYear {
		t.Errorf("a quarter without a year: %q %s", due.Day, mend)
	}
}
