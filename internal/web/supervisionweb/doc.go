// Package supervisionweb shows the supervision office's month (督查): tours with their sample and what was seen on site,
// the findings until they are struck off (问题销号), the month's lights (亮灯), the bulletin as an official paper (督查通报),
// and the orders that follow what goes unanswered (督办单).
//
// Invariants:
//   - it decides nothing: who may do what, and when, is asked of area supervision for every act;
//   - a bulletin's page and its Word file are filled from one paper, made from the frozen document and nothing else;
//   - a page of a paper never holds more than GB/T 9704 gives it: what does not fit goes to the next page, word for word;
//   - acts that cannot be taken back (亮灯, 送核对, 签发) stand on a page of their own that says what will happen;
//   - on site and in the units the forms work on a phone; a photograph is never required.
//
// Source: S7, S10; domain 8, 11, 15.3, 16.1; ui 8, 9, 12, 13.
package supervisionweb
