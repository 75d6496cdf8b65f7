/* html_style.c - how the page looks: one style sheet, light and dark, screen and paper.
 *
 * Colours are variables, set twice. Text has a contrast of 4.5 : 1 or more in both schemes. Heat
 * maps have one hue, from near the background to far from it; links one of another hue and a width
 * as well; parts of bars are told apart by people of any colour vision (the palette of Okabe and
 * Ito, Color Universal Design, 2008) and named in a legend. Paper is always light.
 */
#include "html_parts.h"

static const char *const LIGHT =
    "--bg:#f7f7f5;--card:#fff;--ink:#1b1f23;--soft:#565f68;--line:#d8dcdf;--accent:#0a5a8a;"
    "--h0:#eaf1f6;--h1:#d0e1ed;--h2:#b0cee2;--h3:#8ab7d5;--h4:#639ec6;--h5:#4085b4;--h6:#266b9c;"
    "--h7:#125180;--h8:#083a61;--l0:#dcdad4;--l1:#dfc196;--l2:#d39c50;--l3:#b4711c;--l4:#844c08;"
    "--tile:#e3e6e8;--dead:#c9cdd1;--saved:#e4ebf0;";
static const char *const DARK =
    "--bg:#121416;--card:#1a1d20;--ink:#e7eaec;--soft:#a8b1b9;--line:#353b41;--accent:#7fc4ee;"
    "--h0:#22303a;--h1:#243f50;--h2:#255069;--h3:#286384;--h4:#2f779f;--h5:#438fb9;--h6:#66a9ce;"
    "--h7:#92c5e1;--h8:#c8e4f3;--l0:#34363a;--l1:#66532f;--l2:#9c7536;--l3:#cf9843;--l4:#f4c97f;"
    "--tile:#2a2f34;--dead:#43494f;--saved:#2b333a;";

/* One string a group of rules, so that none is too long for a compiler. */
static const char *const RULES[] = {
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"
    "\"Segoe UI\",Roboto,\"Liberation Sans\",sans-serif;font-variant-numeric:tabular-nums}"
    "main{max-width:1160px;margin:0 auto;padding:28px 24px 64px}"
    "h1{font-size:1.65rem;line-height:1.25;margin:0;font-weight:650;overflow-wrap:anywhere}"
    "h2{font-size:1.2rem;margin:44px 0 12px;font-weight:650}"
    "h3{font-size:.85rem;margin:0;font-weight:500;color:var(--soft)}"
    "p{margin:6px 0 12px;max-width:78ch}header p{color:var(--soft);max-width:none}"
    "small{font-size:.8rem;color:var(--soft);font-weight:400}"
    "a{color:var(--accent)}code{font-size:.9em}"
    "nav ul{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:14px 0 0;padding:0}"
    ":focus-visible{outline:2px solid var(--accent);outline-offset:2px}",

    ".card{background:var(--card);border:1px solid var(--line);border-radius:8px;"
    "padding:16px 18px;margin:0;min-width:0}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:12px;"
    "margin-bottom:14px}"
    ".big{font-size:1.6rem;line-height:1.2;margin:4px 0 2px;font-weight:600}"
    ".range{font-size:.85rem;color:var(--soft);margin:0}"
    ".span{display:block;width:100%;height:10px;margin-top:8px}"
    ".base{fill:var(--line)}.reach{fill:var(--h3)}.mark{fill:var(--ink)}"
    ".notices{margin:0 0 14px;padding:10px 18px 10px 34px;border-left:4px solid var(--l3);"
    "background:var(--card)}"
    ".two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));"
    "gap:14px;align-items:start}"
    "figure+figure{margin-top:14px}.two "
    "figure+figure{margin-top:0}figure.half{max-width:640px}figcaption{font-weight:600;margin-"
    "bottom:8px}"
    "svg{display:block;max-width:100%}svg "
    "text{fill:var(--soft);font-size:11px;paint-order:stroke;stroke:var(--card);stroke-width:3px}",

    ".bars{display:grid;grid-template-columns:minmax(70px,max-content) minmax(80px,1fr) "
    "max-content;gap:8px 12px;align-items:center;font-size:.9rem}"
    ".row{display:contents}.what{max-width:20ch;overflow-wrap:anywhere}"
    ".key.what{font-size:.8rem;max-width:27ch}"
    ".much{text-align:right;white-space:nowrap}"
    ".bar{width:100%;height:20px}.bar rect{stroke:var(--card);stroke-width:1;"
    "vector-effect:non-scaling-stroke}.bar rect.mark{stroke:none}"
    ".legend{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:0 0 12px;padding:0;"
    "font-size:.85rem;color:var(--soft)}"
    ".legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;"
    "vertical-align:-1px}"
    ".legend .router{background:var(--tile)}.legend .idle,.legend .hole,.legend .router{border:1px "
    "solid var(--soft)}.legend .hole{border-style:dashed}"
    ".saved{fill:var(--saved);background:var(--saved)}",

    ".scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;width:100%}"
    "th,td{padding:4px 8px;text-align:right;border-bottom:1px solid var(--line);"
    "white-space:nowrap;font-weight:400;vertical-align:top}"
    "thead th{color:var(--soft);border-bottom-width:2px}tbody th,.l{text-align:left}"
    "tbody th:first-child,thead th:first-child{padding-left:0}td.l{white-space:normal}"
    "details{margin:12px 0 0}summary{cursor:pointer;color:var(--accent);font-size:.9rem;"
    "padding:2px 0}details .scroll{max-height:460px;overflow:auto;margin-top:6px}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0 0 12px}"
    "dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}",

    "fieldset.heat{display:flow-root}.heat legend{float:left;padding:0 12px 0 0;font-weight:600}"
    ".heat input{margin:0}.heat label{margin-right:14px}"
    ".heat .maps{clear:both;padding-top:12px}.plan{width:100%}"
    ".plan.wide{max-width:none;min-width:900px}"
    "@media screen and (min-width:1000px){.maps:not(:has(.wide)){float:left;width:600px}"
    ".key:not(.what){display:flow-root;padding:12px 0 0 28px}}"
    ".plan text.lab{font-size:8px;text-anchor:middle;stroke:none}"
    ".tile{fill:var(--tile)}.t:focus{outline:none}.t:focus .tile,.t:hover .tile"
    "{stroke:var(--ink);stroke-width:2.5}.t:focus path:only-child{stroke:var(--ink);"
    "stroke-width:2.5}"
    "path.idle{stroke:var(--line)}.idle{fill:var(--card);background:var(--card)}.dead{fill:var(--"
    "dead);background:var(--dead)}"
    ".hole{fill:none;stroke:var(--soft);stroke-dasharray:3 3;stroke-width:.8}"
    ".router{fill:var(--tile);stroke:var(--soft);stroke-width:.8}.x{fill:var(--tile)}"
    ".chip{fill:none;stroke:var(--line)}.chip.off{stroke-dasharray:4 4}.plan "
    "text.name{font-size:13px;stroke:none}"
    ".l0{stroke:var(--l0);stroke-width:1}.l1{stroke:var(--l1);stroke-width:1.5}"
    ".l2{stroke:var(--l2);stroke-width:2.3}.l3{stroke:var(--l3);stroke-width:3.1}"
    ".l4{stroke:var(--l4);stroke-width:4}",

    ".readout{min-height:3em;margin:10px 0 6px;font-size:.9rem}"
    ".scale{display:flex;flex-wrap:wrap;gap:4px 10px;align-items:center;font-size:.85rem;"
    "margin:4px 0;max-width:none}.ramp{display:inline-flex}.ramp i{width:18px;height:12px}"
    ".lines{width:100px;height:10px}.scale.s0,.scale.s1,.scale.s2,.scale.s3{display:none}"
    "#heat0:checked~.key .s0,#heat1:checked~.key .s1,#heat2:checked~.key .s2,"
    "#heat3:checked~.key .s3{display:flex}"
    ".time{width:100%;min-width:660px}.time path{fill:none}.time "
    "text{font-size:8.5px;stroke:none}.way{stroke:var(--ink);"
    "stroke-width:1.4;background:var(--ink)}.halo{stroke:var(--card);stroke-width:4}"
    ".axis{stroke:var(--soft);fill:none}.mark0,.mark1,.mark2{fill:none;stroke:var(--ink)}"
    ".mark1{stroke-dasharray:5 3}.mark2{stroke-dasharray:1.5 3}",

    "@media(max-width:600px){main{padding:18px 14px 40px}h1{font-size:1.35rem}.card{padding:12px}"
    ".figures{grid-template-columns:1fr 1fr;gap:8px}.big{font-size:1.25rem}"
    ".bars{display:block}.row{display:grid;grid-template-columns:1fr max-content;gap:2px 10px;"
    "margin-bottom:8px}.row .bar{grid-column:1/-1;order:3}.what,.key.what{max-width:none}"
    ".heat legend{float:none}.maps{padding-top:6px}"
    "dl{grid-template-columns:1fr}dd{margin-bottom:8px}svg text{font-size:14px}"
    ".plan text.lab{font-size:9px}.time text{font-size:10.5px}.ramp "
    "i{width:12px}.lines{width:70px}}",

    "@media print{:root{--bg:#fff}body{font-size:11px}table{font-size:8.5px}th,td{padding:2px 4px}"
    "section>p{break-after:avoid}.plan{max-width:440px!important}"
    "main{max-width:none;padding:0}nav,.readout{display:none}"
    ".card{break-inside:avoid;border-color:#bbb}h2{break-after:avoid;margin-top:24px}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "details:not([open]){display:none}.scroll,details .scroll{overflow:visible;max-height:none}"
    ".plan.wide{min-width:0}}",
};

static void write_palette(FILE *stream)
{
    static const char *const parts[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                        "#56b4e9", "#d55e00", "#8a8f94", "#b5a642",
                                        "#6a4c93", "#9c6b4f", "#44aa99"};
    static const char *const phases[] = {"#0072b2", "#e69f00",     "#56b4e9", "#009e73",
                                         "#d55e00", "var(--tile)", "#cc79a7"};
    static const char *const kinds[] = {"#009e73", "#56b4e9", "#e69f00", "#cc79a7"};

    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++)
        fprintf(stream, ".p%u{fill:%s;background:%s}", i, parts[i], parts[i]);
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        fprintf(stream, ".k%u{fill:%s;background:%s}", i, kinds[i], kinds[i]);
    for (unsigned i = 0; i < sizeof phases / sizeof phases[0]; i++)
        fprintf(stream, ".f%u{stroke:%s;background:%s}", i, phases[i], phases[i]);
    for (int level = 0; level < 9; level++) {
        fprintf(stream, ".h%d{background:var(--h%d)}", level, level);
        for (int heat = 0; heat < 4; heat++)
            fprintf(stream, "#heat%d:checked~.maps .%c%d%s", heat, 'a' + heat, level,
                    heat < 3 ? "," : "");
        fprintf(stream, "{fill:var(--h%d)}", level);
    }
}

void html_style(FILE *stream)
{
    fprintf(stream,
            "<style>\n:root{color-scheme:light dark;%s}\n"
            "@media screen and (prefers-color-scheme:dark){:root{%s}}\n",
            LIGHT, DARK);
    for (size_t i = 0; i < sizeof RULES / sizeof RULES[0]; i++)
        fprintf(stream, "%s\n", RULES[i]);
    write_palette(stream);
    fputs("\n</style>\n", stream);
}

void html_script(FILE *stream)
{
    fputs("<script>//<![CDATA[\n"
          "(function(){'use strict';\n"
          "function text(e){var t=e.closest('path,rect,g.t');if(!t)return'';\n"
          "var n=t.querySelector(':scope>title');if(n)return n.textContent;\n"
          "var g=t.closest('g.t');return g?g.getAttribute('aria-label'):'';}\n"
          "document.querySelectorAll('.heat').forEach(function(box){\n"
          "var out=box.querySelector('.readout'),svg=box.querySelector('svg.plan');\n"
          "var tiles=Array.prototype.slice.call(svg.querySelectorAll('g.t'));\n"
          "function show(e){var s=text(e.target);if(s)out.textContent=s;}\n"
          "svg.addEventListener('pointerover',show);svg.addEventListener('focusin',show);\n"
          "tiles.forEach(function(t,i){t.setAttribute('tabindex',i?'-1':'0');});\n"
          "svg.addEventListener('keydown',function(e){\n"
          "var d={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,-1],ArrowDown:[0,1]}[e.key];\n"
          "var at=e.target.closest('g.t');if(!d||!at)return;e.preventDefault();\n"
          "var a=at.getBoundingClientRect(),best=null,least=1/0;\n"
          "tiles.forEach(function(t){var b=t.getBoundingClientRect(),x=b.left-a.left,\n"
          "y=b.top-a.top,along=x*d[0]+y*d[1],off=Math.abs(x*d[1])+Math.abs(y*d[0]);\n"
          "if(along>1&&off<=along&&along+2*off<least){least=along+2*off;best=t;}});\n"
          "if(best){at.setAttribute('tabindex','-1');best.setAttribute('tabindex','0');\n"
          "best.focus();}});});\n"
          "}());\n"
          "//]]></script>\n",
          stream);
}
