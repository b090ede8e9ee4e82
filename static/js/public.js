// Optional: lights the whole path of money through a node of the flow picture. Everything works without it.
(function () {
  'use strict';
  function reach(bands, start, from, to) {
    var seen = {}, queue = [start], lit = [];
    seen[start] = 1;
    while (queue.length) {
      var at = queue.pop();
      bands.forEach(function (b) {
        if (b.dataset[from] === at) {
          lit.push(b);
          var next = b.dataset[to];
          if (!seen[next]) { seen[next] = 1; queue.push(next); }
        }
      });
    }
    return lit;
  }
  document.querySelectorAll('.flow').forEach(function (figure) {
    var bands = Array.prototype.slice.call(figure.querySelectorAll('.b'));
    function light(event) {
      var node = event.target.closest('[data-n]');
      bands.forEach(function (b) { b.classList.remove('on'); });
      figure.classList.toggle('lit', !!node);
      if (!node) return;
      reach(bands, node.dataset.n, 's', 't').concat(reach(bands, node.dataset.n, 't', 's')).forEach(function (b) { b.classList.add('on'); });
    }
    figure.addEventListener('pointerover', light);
    figure.addEventListener('focusin', light);
    figure.addEventListener('pointerleave', light);
    figure.addEventListener('focusout', light);
  });
})();
