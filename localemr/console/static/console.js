// The console's script. Pages work without it; with it they follow what changes, and forms show their command.
(function () {
  "use strict";
  var PERIOD = 2000, PAUSE = 300;

  // ---- parts of the page that follow what changes

  function busy(part) {
    var active = document.activeElement, selection = document.getSelection();
    return (part.contains(active) && /^(INPUT|SELECT|TEXTAREA)$/.test(active.tagName)) ||
      (selection && !selection.isCollapsed && part.contains(selection.anchorNode));
  }

  function atEnd(box) {
    return box.scrollTop + box.clientHeight >= box.scrollHeight - 4;
  }

  function toEnd(box) {
    box.scrollTop = box.scrollHeight;
  }

  function focusAgain(part, was) {
    var found = was.id ? document.getElementById(was.id) :
      Array.prototype.find.call(part.querySelectorAll("a, summary"), function (each) {
        return each.getAttribute("href") === was.getAttribute("href") && each.textContent === was.textContent;
      });
    if (found) found.focus({ preventScroll: true });
  }

  function exchange(part, fresh) {
    var open = Array.prototype.filter.call(part.querySelectorAll("details[open]"), function (each) { return each.id; });
    var box = part.querySelector("[data-end]"), follows = !box || atEnd(box), top = box ? box.scrollTop : 0;
    var was = part.contains(document.activeElement) ? document.activeElement : null;
    part.replaceChildren.apply(part, Array.from(fresh.childNodes));
    open.forEach(function (each) {
      var again = document.getElementById(each.id);
      if (again) again.open = true;
    });
    box = part.querySelector("[data-end]");
    if (box && follows) toEnd(box);
    else if (box) box.scrollTop = top;
    if (was) focusAgain(part, was);
  }

  var shown = {};

  function show(text) {
    var page = new DOMParser().parseFromString(text, "text/html");
    document.querySelectorAll("[data-live]").forEach(function (part) {
      var fresh = page.getElementById(part.id);
      if (!fresh || busy(part) || fresh.innerHTML === shown[part.id]) return;
      shown[part.id] = fresh.innerHTML;
      exchange(part, fresh);
    });
  }

  function say(text) {
    var place = document.getElementById("connection");
    if (place.textContent !== text) place.textContent = text;
  }

  function look() {
    if (document.hidden) return Promise.resolve();
    return fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" }).then(function (answer) {
      if (answer.type === "opaqueredirect") return location.reload();
      if (!answer.ok) throw new Error("HTTP status " + answer.status);
      return answer.text().then(function (text) { show(text); say(""); });
    }).catch(function (error) {
      say("The controller does not answer (" + error.message + "). This page is tried again.");
    });
  }

  function follow() {
    look().then(function () { setTimeout(follow, PERIOD); });
  }

  // ---- the command of a form

  function watch(form) {
    var place = document.getElementById("command"), timer = 0, number = 0;
    function refresh() {
      var body = new URLSearchParams(new FormData(form)), mine = ++number;
      body.set("only", "line");
      fetch(form.getAttribute("action"), { method: "POST", body: body }).then(function (answer) {
        return answer.text().then(function (text) {
          if (mine === number) place.textContent = answer.status < 500 ? text : "";
        });
      }).catch(function () { place.textContent = ""; });
    }
    form.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(refresh, PAUSE);
    });
  }

  function offerCopy(box) {
    if (!navigator.clipboard) return;
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(box.querySelector("code").textContent).then(function () {
        button.textContent = "Copied";
      });
    });
    box.appendChild(button);
  }

  document.querySelectorAll("[data-command]").forEach(offerCopy);
  document.querySelectorAll("[data-form]").forEach(watch);
  document.querySelectorAll("[data-end]").forEach(toEnd);
  if (document.querySelector("[data-live]")) setTimeout(follow, PERIOD);
})();
