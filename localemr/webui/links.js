// Links that a page's scripts put together lead to the controller, too. See links.py.
(function () {
  "use strict";
  var here = location.pathname.split("/").slice(0, 6); // "", _localemr, ui, cluster, host, port
  var cluster = here.slice(0, 4).join("/");
  var inside = /^(ip-[0-9]+-[0-9]+-[0-9]+-[0-9]+(\.[a-z0-9.-]+)?|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)$/;
  function mend(event) {
    var link = event.target.closest ? event.target.closest("a[href]") : null;
    if (!link || link.origin === "null") return;
    if (link.origin === location.origin) {
      if (link.pathname.indexOf("/_localemr/") !== 0) link.pathname = here.join("/") + link.pathname;
    } else if (inside.test(link.hostname) && link.hostname !== location.hostname) {
      link.href = cluster + "/" + link.hostname + "/" + (link.port || 80) + link.pathname + link.search + link.hash;
    }
  }
  ["mousedown", "focusin", "click", "contextmenu"].forEach(function (name) {
    document.addEventListener(name, mend, true);
  });
})();
