// The console's script. Pages work without it; with it they follow what changes, and forms show their command.
(function () {
  "use strict";
  var PAUSE = 300;

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

  var stream = null;

  // The page's own address streams the page anew whenever it has changed. Hidden pages have no stream: a browser keeps
  // six connections to an address.
  function follow() {
    if (document.hidden || stream) return;
    stream = new EventSource(location.href);
    stream.onopen = function () { say(""); };
    stream.onmessage = function (event) { show(event.data); say(""); };
    stream.onerror = function () {
      if (stream.readyState !== EventSource.CLOSED) {
        say("The controller does not answer. This page is tried again.");
        return;
      }
      // It was refused: the session has ended. The page itself leads to the login.
      leave();
      location.reload();
    };
  }

  function leave() {
    if (stream) stream.close();
    stream = null;
  }

  document.addEventListener("visibilitychange", function () {
    if (document.hidden) leave();
    else if (document.querySelector("[data-live]")) follow();
  });
  window.addEventListener("pagehide", leave);

  // ---- the command of a form, and what its button would be refused with

  function watch(form) {
    var command = document.getElementById("command"), refusal = document.getElementById("refusal");
    var button = form.querySelector("[aria-describedby=refusal]"), timer = 0, number = 0, sending = false;

    function disable(refused) {
      refusal.tabIndex = refused ? 0 : -1;
      button.setAttribute("aria-disabled", refused);
    }

    function tell(line, error) {
      var name = document.createElement("strong");
      command.textContent = line;
      name.textContent = error ? error[0] : "";
      refusal.replaceChildren.apply(refusal, error ? [name, " " + error[1]] : []);
      disable(Boolean(error));
    }

    // The answer is the controller's: nothing is carried out. Answers to what was changed since are left out.
    function check() {
      var body = new URLSearchParams(new FormData(form)), mine = ++number;
      body.set("only", "check");
      return fetch(form.getAttribute("action"), { method: "POST", body: body }).then(function (answer) {
        return answer.json();
      }).then(function (found) {
        if (mine === number) tell(found.command, found.error);
        return !found.error;
      });
    }

    form.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(function () { check().catch(function () { tell("", null); }); }, PAUSE);
    });

    // The button checks once more, because others may have changed what there is, and sends what is accepted. Where no
    // check can be made the controller answers to the form itself.
    form.addEventListener("submit", function (event) {
      if (event.submitter && event.submitter.name === "only") return;
      event.preventDefault();
      if (sending) return;
      sending = true;
      clearTimeout(timer);
      check().catch(function () { return true; }).then(function (accepted) {
        sending = accepted;
        if (accepted) form.submit();
        else refusal.focus();
      });
    });
    window.addEventListener("pageshow", function () { sending = false; });
    disable(refusal.hasChildNodes());
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

  // ---- uploads: one file after the other, each as the body of a request

  function send(form, file, progress) {
    return new Promise(function (done) {
      var call = new XMLHttpRequest(), key = form.dataset.prefix + file.name;
      call.open("POST", form.dataset.upload + "?key=" + encodeURIComponent(key));
      call.setRequestHeader("Content-Type", "application/octet-stream");
      call.setRequestHeader("X-Token", form.dataset.token);
      call.upload.onprogress = function (event) { progress.value = event.loaded / (event.total || 1); };
      call.onload = function () {
        done(call.status === 200 ? "" : /^text\/plain/.test(call.getResponseHeader("Content-Type")) ?
          call.responseText : "The upload was refused.");
      };
      call.onerror = function () { done("The connection broke off."); };
      call.send(file);
    });
  }

  function uploads(form) {
    var button = form.querySelector("button"), place = form.querySelector("[role=status]");
    var progress = form.querySelector("progress"), there = place.dataset.names.split("/");
    button.disabled = false;

    function next(files) {
      if (!files.length) { location.reload(); return; }
      place.textContent = files[0].name;
      send(form, files[0], progress).then(function (error) {
        if (!error) { next(files.slice(1)); return; }
        place.textContent = files[0].name + ": " + error;
        progress.hidden = true;
        button.disabled = false;
      });
    }

    form.addEventListener("submit", function (event) {
      var files = Array.from(form.elements.files.files);
      var again = files.filter(function (each) { return there.indexOf(each.name) >= 0; });
      event.preventDefault();
      if (again.length && !confirm(again.map(function (each) { return each.name; }).join(", ") + " will be replaced.")) return;
      button.disabled = true;
      progress.hidden = false;
      next(files);
    });
  }

  document.querySelectorAll("[data-upload]").forEach(uploads);
  document.querySelectorAll("[data-command]").forEach(offerCopy);
  document.querySelectorAll("[data-form]").forEach(watch);
  document.querySelectorAll("[data-end]").forEach(toEnd);
  if (document.querySelector("[data-live]")) follow();
})();
