// Package e2e plays the district's work as a whole. Each file of scenario/ is a play (剧本): an account of some months of
// government work in Chinese, with a moved clock, which the program performs through the use cases that people use. What the play
// says must be seen is compared to the last digit; what it says must be refused must be refused in those words.
//
// A play has one statement a line: a verb and its words, separated by spaces. “” hold words together. Lines that are indented
// belong to the statement above: fields (名称：内容), a table (| … | … |) or a text. # begins a remark.
//
//	时间 2017-03-03
//	作为 七都镇 林见山
//	填报 ZQ-01 2月 8
//	应拒 “累计完成不能少于上月的 10 亩”
//	填报 ZQ-01 2月 20 卡点 林地手续：5.4亩未批
//	应见 台账第
//
// An act that is refused without 应拒 behind it fails the play, and so does an unknown verb, a word too many and an act that
// should have been refused; each failure names the line. The verbs are the keys of the table in verb_test.go.
//
// Invariants: a play gives the same ledger, byte for byte, on both engines. After a play every sealed row is as sealed; one changed
// value of any kind of sealed row is found. Nobody gets another unit's business by any address of the site.
//
// Source: S1 to S12; architecture §8; reliability 11, 17, 18.
package e2e
