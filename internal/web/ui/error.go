package ui

import (
	"errors"
	"net/http"

	"duban/internal/base/errs"
)

type wording struct{ title, text string }

// words are the sentences for a status when the error itself has none for the user.
//
// Source: design language, section 10.
func words(status int) wording {
	switch status {
	case http.StatusUnauthorized:
		return wording{"请再登录一次", "登录过期了，填的都在。请再登录一次，接着填。"}
	case http.StatusForbidden:
		return wording{"这里您没有权限", "这一页或这一步不在您的权限里。要看要改，请找本单位管理员。"}
	case http.StatusNotFound:
		return wording{"没有找到", "没有这一页，或者不在您能看的范围里。请检查网址，或从上面的导航重新进入。"}
	case http.StatusConflict:
		return wording{"别人先改了", "您打开以后，别人已经改过这一项。请刷新看最新的，再改一次。"}
	case http.StatusRequestEntityTooLarge:
		return wording{"文件太大", "这次交的文件太大。照片请直接拍，系统会压缩；其他文件请分几次交。"}
	case http.StatusUnprocessableEntity, http.StatusBadRequest:
		return wording{"有地方要改", "填的内容有地方要改，请退回上一页改好再交。"}
	case http.StatusTooManyRequests:
		return wording{"请稍等", "操作太快了，请过一分钟再试。"}
	case http.StatusServiceUnavailable:
		return wording{"系统正在维护", "系统正在维护，这一步没有存上。请过几分钟再试。"}
	}
	return wording{"系统出错，没存上", "系统出错，没存上。请退回上一页再交一次；还不行，请过几分钟再试。"}
}

// userText returns the sentence of err where it has one for the user, else that of the status.
func userText(status int, err error) string {
	var e *errs.Error
	if errors.As(err, &e) && e.Kind != errs.Internal && e.Message != "" {
		return e.Message
	}
	return words(status).text
}

// errorFrame keeps the reader's navigation and drops what belongs to the failed page.
func errorFrame(f Frame, status int) Frame {
	f.Title, f.Heading, f.QuietHeading = words(status).title, "", false
	f.Crumbs, f.Lede, f.Beside, f.Aside, f.Actions, f.Drawer, f.State = nil, nil, nil, nil, nil, nil, nil
	f.Charts, f.Sheets, f.RefreshEvery = false, nil, 0
	if f.Layout == Phone && f.Back == "" {
		f.Back = f.home()
	}
	return f
}
