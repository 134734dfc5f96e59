// Package conduct looks after the style of work (提振精气神): the eight measures (八条措施) with their owners, actions and half-year reviews, and the
// three symptoms: 不急不忙, not to hurry; 不冷不热, neither hot nor cold; 不疼不痒, what does not hurt and does not itch.
//
// A symptom shows as a signal (线索), and a signal comes from work data alone: when a matter was accepted and reported, how often a
// deadline moved, whether this month's account says anything that last month's did not, whether a problem that was struck off came back. It goes first
// to the unit, which has ten working days to explain. Then a panel of people finds: no problem, a reminder (提醒), a talk (约谈), putting it
// right (整改), or that the mistake is to be forgiven (容错认定, 三个区分开来). Then it is archived.
//
// Invariants:
//   - a signal is a prompt for people: no score, light or indicator is ever written from here;
//   - nobody but the unit and the office that keeps the file sees a signal before the unit has explained or its time is over;
//   - a panel has three members at least, none of the unit, and finds only after the explanation or its last day;
//   - forgiveness is found only if the unit asked for it, and names which of the three distinctions holds;
//   - records of persons (一线考察) stand apart: only readers whom a leader has named, for a time, open them, each time for a stated purpose,
//     and each opening stands in this package's own log, which the person concerned may read; their content is sealed as a salted digest only;
//   - nothing about how anybody uses the program can be reached from here: neither its log-ins nor its logs. archtest holds this.
//
// Facts taken in: supervision.finding.*, supervision.order.*, by name. Facts given out: conduct.signal.shown, .explained, .found, .mended, .archived.
//
// Source: S8; domain 9, 15.2 (杭州 20, 济南 15: 10 working days); glossary.
package conduct
