// Links that a page's own scripts make to other pages of the cluster lead to those pages' origins. See origins.py.
(function (known) {
  "use strict";
  function correct(event) {
    var link = event.target.closest ? event.target.closest("a[href]") : null;
    var host = link && Object.prototype.hasOwnProperty.call(known.hosts, link.hostname) && known.hosts[link.hostname];
    if (!host) return;
    link.href = location.protocol + "//" + known.cluster + "--" + host + "--" + (link.port || 80) + known.suffix +
      known.ticket + link.pathname + link.search + link.hash;
  }
  ["mousedown", "focusin", "click", "contextmenu"].forEach(function (name) {
    document.addEventListener(name, correct, true);
  });
})(localemr);
