// Package ui holds the page frame and the parts that every page shares: one look,
// one wording, one way to refuse a form. It decides nothing about government.
//
// Invariants: works without a script for reading, filtering and sending; no inline
// style and no inline script (content security policy: script-src 'self'; style-src
// 'self'; img-src 'self' data: blob:); a status is always shape, colour and word;
// a refused form keeps what was typed and says how to mend it; every form carries
// the session's token and an idempotency key.
//
// # A page
//
//	@ui.Page(ui.Frame{Title: "整改销号台账", Nav: nav, Who: "督查室　方衡", CSRF: token, ...}) {
//		@ui.Facts([]ui.Fact{{Label: "超期", Value: "2", Href: "?due=late", Light: viz.Red}})
//		@ui.Card(ui.CardSpec{Title: "在办", Sub: "按期限", Span: 12}) {
//			@ui.Table(ui.TableSpec{Caption: "在办问题", Keys: true, Cards: true, Cols: []ui.Col{{Label: "问题"}, {Label: "期限", Num: true}}}) {
//				<tr><th scope="row"><a class="nm" href={ ... }>…</a></th><td class="num w2" data-l="期限">8-20</td></tr>
//			}
//			@ui.PagerBar(ui.Pager{Total: 41, From: 1, To: 20, Unit: "件", Next: "?after=…"})
//		}
//	}
//
// and in the handler: ui.Render(w, r, http.StatusOK, page(...)); after a refusal
// ui.Render(w, r, ui.Status(err), page(..., err)); a fault: number := ui.ErrorID(),
// log it, ui.Render(w, r, ui.Status(err), ui.ErrorPage(frame, ui.Status(err), number, err)).
// Address of everything: filter, sort, page and open drawer stand in the query string.
//
// # A form
//
//	@ui.Form(ui.FormSpec{Action: "/tasks/17/report", Version: 3, Versions: true}) {
//		@ui.ErrorSummary(err)
//		@ui.Field(ui.Input{Name: "done", Label: "累计完成", Value: f.Done, Unit: "亩", Mode: "decimal", Source: "征迁台账自动汇总", Hint: "上月 31.0", Bad: ui.Fields(err)})
//		@ui.Submit("提交", "约 60 秒填完")
//	}
//
// ui.RequestKey(r) and ui.RowVersion(r) read the hidden fields back. The address in
// FormSpec.Autosave gets the answers by POST 2 seconds after the last change and must
// answer 2xx (204 is best); anything else counts as not saved. A form with DraftAs is
// sent by the script where there is one, kept on the phone without a network, and sent
// when the network is back; the answer is the usual redirect, or the page with status 422.
// Boxes that select rows are named ids; put Table and BulkBar into one Form.
//
// # Tests
//
// uitest.Golden(t, "report-refused", uitest.HTML(t, page)) compares a page with
// testdata/golden, whether the assets are built or not. Package gallery shows every part;
// its browser tests hold the policy, axe and the scripts.
//
// # Parts
//
//   - frame: Page, Frame, Toast (Flash), KeyList, ErrorPage
//   - words: Lede, Rich (**bold** in a sentence made in Go), Note, Tag, Light, Icon, Empty, KV
//   - lists: Facts, Chips, Table, Pick, BulkBar, PagerBar, ListRow
//   - boxes: Grid, Stack, Card, Drawer (Frame.Drawer, OpenDrawer), DecisionCard
//   - course: Steps, Timeline, Progress, Receipt, Chart (S 曲线)
//   - forms: Form, PostButton, Token, Key, Version, ReceiptField, ErrorSummary, ConflictNote, Field, TextArea,
//     Select, Radios, Segments, Checks, ChipChecks, Checkbox, File, Submit, DraftState
//   - buttons: LinkButton, Button, PrintButton
//   - small figures: package viz, e.g. @viz.Bullet{Value: 55, Plan: 58}.Draw()
//
// # Classes for markup of one's own
//
// Text: sm mut ink2 nw num big lt-r lt-y lt-g; boxes: flex flex-w sp box note ls (list with .d at the right);
// widths in rem wd-2 … wd-10, wd-12, wd-14, wd-16, wd-20; a part that takes the rest: grow; phone: hide-m no-m only-m, cells w2 (full width of a card); print: no-p.
//
// Source: S1 to S12 (every page); design language, sections 4 to 11.
package ui
