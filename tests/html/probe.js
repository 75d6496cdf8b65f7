/* What a browser is asked about a page: run_web.py adds this to the page, and has the page in a frame as
 * wide as the screen in question; the answer goes to the frame's parent. */
(function () {
    'use strict';
    function visible(element) {
        const box = element.getBoundingClientRect();
        return box.width > 0 && box.height > 0;
    }
    function overlaps() {
        const found = [];
        document.querySelectorAll('svg').forEach(function (svg) {
            const boxes = Array.from(svg.querySelectorAll('text')).filter(visible).map(function (text) {
                return [text.textContent, text.getBoundingClientRect()];
            });
            boxes.forEach(function (a, i) {
                boxes.slice(i + 1).forEach(function (b) {
                    const wide = Math.min(a[1].right, b[1].right) - Math.max(a[1].left, b[1].left);
                    const tall = Math.min(a[1].bottom, b[1].bottom) - Math.max(a[1].top, b[1].top);
                    if (wide > 1 && tall > 3)
                        found.push(a[0] + ' | ' + b[0]);
                });
            });
        });
        return found;
    }
    function small() { /* texts that nobody can read */
        return Array.from(document.querySelectorAll('svg text')).filter(visible).filter(function (text) {
            const svg = text.ownerSVGElement, scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
            return parseFloat(getComputedStyle(text).fontSize) * scale < 8;
        }).map(function (text) { return text.textContent; });
    }
    function colours() { /* of the first core, as each choice shows it */
        const core = document.querySelector('svg.plan path[class^="a"]'); /* pages of sweeps have none */
        return Array.from(document.querySelectorAll('input[name=heat]')).map(function (choice) {
            choice.checked = true;
            return [choice.id, core.getAttribute('class'), getComputedStyle(core).fill];
        });
    }
    function keys() { /* focus on the first tile, then to the right, then up */
        const out = document.querySelector('.readout'), tiles = document.querySelectorAll('g.t');
        const said = [];
        if (!tiles.length)
            return said;
        tiles[0].focus();
        said.push(out.textContent);
        ['ArrowRight', 'ArrowUp'].forEach(function (key) {
            document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: key, bubbles: true}));
            said.push(document.activeElement.getAttribute('aria-label') === out.textContent ? out.textContent : '');
        });
        said.push(Array.from(tiles).filter(function (tile) { return tile.tabIndex === 0; }).length);
        return said;
    }
    const answer = {
        width: [document.documentElement.scrollWidth, window.innerWidth],
        dark: matchMedia('(prefers-color-scheme: dark)').matches,
        background: getComputedStyle(document.body).backgroundColor,
        overlaps: overlaps(), small: small(), colours: colours(), keys: keys()
    };
    const first = document.querySelector('input[name=heat]');
    if (first)
        first.checked = true;
    document.querySelectorAll('details').forEach(function (details) { details.open = true; });
    answer.open_width = document.documentElement.scrollWidth;
    axe.run(document, {resultTypes: ['violations']}).then(function (result) {
        answer.violations = result.violations.map(function (one) {
            return [one.impact, one.id, one.nodes.length, one.nodes[0].html.slice(0, 160), one.nodes[0].failureSummary];
        });
        answer.passes = result.passes.length;
        parent.postMessage(JSON.stringify(answer), '*');
    });
}());
