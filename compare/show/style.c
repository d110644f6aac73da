/* How the report looks: one style sheet, for screens light and dark, wide and narrow, and paper. */
#include "compare/show/style.h"

/* Colours have names: of what they stand for, or of what they are.  What an outcome means to the
 * caller is served (green), told (blue), doubt (yellow) or harm (red), in matrix.c.  Those of the
 * protocols are of Okabe and Ito, whom most colour-blind people can tell apart; then come
 * those of anything else.  What colours tell is told by marks, dashes, hatching
 * and letters too. */
#define LIGHT                                                                                      \
	"--paper:#fff;--ink:#1b1f24;--faint:#57606a;--rule:#d0d7de;--wash:#f4f6f8;--link:#0b57a4;" \
	"--served:#dcf3e5;--told:#dbe9fb;--doubt:#fdf1cf;--harm:#fbd5cc;"                          \
	"--rpc:#0072b2;--raw:#d55e00;--tirpc:#009e73;--bare:#6b7280;"                              \
	"--violet:#8250b4;--ochre:#c08a00;--teal:#1f8a8a;--wine:#a63d57;--brown:#7a4a1d;--olive:#" \
	"5b8a1f;"                                                                                  \
	"--slate:#4f5b93;"
#define DARK                                                                                       \
	"--paper:#14171b;--ink:#e6e8eb;--faint:#a0a8b2;--rule:#3a414a;--wash:#1d2127;"             \
	"--link:#7cb7f0;--served:#143d2a;--told:#17345a;--doubt:#463811;--harm:#5c2219;"           \
	"--rpc:#56b4e9;--raw:#ff9a4d;--tirpc:#2fcf9f;--bare:#a9b0ba;"                              \
	"--violet:#c09cf0;--ochre:#f0c040;--teal:#5fd0d0;--wine:#ff8aa5;--brown:#d0a070;--olive:#" \
	"a8d860;"                                                                                  \
	"--slate:#a3b0f0;"

/* A shadow at the edge behind which there is more: what moves along covers what stays. */
#define SHADOWS                                                                                    \
	"background:linear-gradient(90deg,var(--paper) 40%,transparent) 0/2.5rem 100% local,"      \
	"linear-gradient(270deg,var(--paper) 40%,transparent) 100%/2.5rem 100% local,"             \
	"linear-gradient(90deg,#8888,transparent) 0/.75rem 100% scroll,"                           \
	"linear-gradient(270deg,#8888,transparent) 100%/.75rem 100% scroll;"                       \
	"background-repeat:no-repeat"

const char style_sheet[] =
	":root{color-scheme:light dark;" LIGHT "}\n"
	"@media (prefers-color-scheme:dark){:root{" DARK "}}\n"
	"@media print{:root{color-scheme:light;" LIGHT "}}\n"
	"*{box-sizing:border-box}\n"
	"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
	"body{margin:0;background:var(--paper);color:var(--ink);"
	"font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n"
	"main{max-width:82rem;margin:0 auto;padding:1rem}\n"
	"h1{font-size:1.6rem;line-height:1.2;margin:0 0 .25rem}\n"
	"p.answer{font-size:1.25rem;line-height:1.4;max-width:none;margin:.25rem 0 .75rem}\n"
	".finding{font-weight:600;max-width:60rem}\n"
	"h2{font-size:1.35rem;line-height:1.25;margin:2rem 0 .75rem;padding-top:1rem;"
	"border-top:1px solid var(--rule)}\n"
	"#verdict caption{color:var(--ink);font-size:1.1rem;font-weight:600}\n"
	"h3{font-size:1.1rem;line-height:1.3;margin:1.5rem 0 .5rem}\n"
	"h4{margin:1rem 0 .25rem}\n"
	"p,li,dd,figcaption,caption{overflow-wrap:anywhere}p{max-width:52rem;margin:.5rem 0}\n"
	"summary{cursor:pointer;margin:.35rem 0;overflow-wrap:anywhere}\n"
	"a{color:var(--link)}\n"
	"nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;"
	"margin:.25rem 0 .75rem}\n"
	"dl{margin:.25rem 0}dt{color:var(--faint)}dd{margin:0}\n"
	".facts{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;"
	"font-size:.875rem}\n"
	".said{padding-left:1.1rem;margin:.5rem 0 1rem;max-width:60rem}\n"
	"code,pre{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;"
	"font-size:.8125rem}\n"
	"pre{margin:0;padding:.75rem;line-height:1.4;tab-size:4}\n"
	".box{overflow-x:auto;max-width:100%;margin:.5rem 0 "
	"1rem;container-type:inline-size;" SHADOWS "}\n"
	".box:focus-visible{outline:2px solid var(--link)}\n"
	".listing .box{background:var(--wash);border:1px solid var(--rule);border-radius:4px}\n"
	".pair,.beside{display:grid;grid-template-columns:minmax(0,1fr);gap:0 2rem;"
	"align-items:start}\n"
	"@media (min-width:64rem){.pair{grid-template-columns:minmax(0,33rem) minmax(0,1fr)}"
	".pair.answer{grid-template-columns:minmax(0,1fr) minmax(0,31rem)}"
	".pair.answer .cards table{font-size:.9375rem}"
	".beside{grid-template-columns:repeat(2,minmax(0,1fr));gap:0 1rem}"
	".beside pre{font-size:.75rem;white-space:pre-wrap;overflow-wrap:anywhere}}\n"
	".command code{background:var(--wash);padding:.1rem .3rem;overflow-wrap:anywhere}\n"
	".command,.note{color:var(--faint);font-size:.875rem;max-width:none}.command "
	"code{color:var(--ink)}\n"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.8125rem;"
	"line-height:1.4}\n"
	"caption{text-align:left;color:var(--faint);padding-bottom:.35rem}"
	"caption span{display:inline-block;position:sticky;left:0;max-width:calc(100vw - 2rem);"
	"max-width:100cqw}\n"
	"th,td{padding:.2rem .5rem;text-align:left;vertical-align:top;"
	"border-bottom:1px solid var(--rule)}\n"
	"th{font-weight:600;vertical-align:bottom}thead th{border-bottom-width:2px}\n"
	"tbody th{font-weight:400;vertical-align:top;white-space:nowrap}\n"
	"td,tbody th{overflow-wrap:break-word}td.long{overflow-wrap:anywhere;min-width:14rem}"
	".pair table{font-size:.75rem}.pair .cards table{font-size:.8125rem}"
	".pair th,.pair td{padding:.2rem .35rem}.pair tbody th{white-space:normal;min-width:5rem}"
	"th.number,td.number{text-align:right;min-width:0}td.number{white-space:nowrap}\n"
	"td.missing{text-align:right;color:var(--faint);min-width:0}\n"
	".cards tbody th{white-space:normal;font-weight:600}\n"
	".matrix td{text-align:center;min-width:0;padding:.15rem;white-space:nowrap;"
	"border:1px solid var(--paper)}.matrix thead th{text-align:center;padding:.2rem .1rem}"
	".matrix thead th:first-child{text-align:left}"
	".matrix td b{display:block;font-size:.75rem}.matrix td "
	"span{display:block;font-size:.6875rem}"
	".matrix tbody th{white-space:normal;min-width:7rem}"
	".matrix .harm b::before{content:'\\2717  '}\n"
	".served{background:var(--served)}.told{background:var(--told)}"
	".doubt{background:var(--doubt)}.harm{background:var(--harm)}\n"
	".served,.told,.doubt,.harm{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
	".legend{font-size:.8125rem;list-style:none;padding:0;max-width:none}"
	".legend li{margin:.2rem 0}"
	".legend b{display:inline-block;min-width:3.5rem;text-align:center;margin-right:.4rem}\n"
	"figure{margin:.5rem 0 1rem}figcaption{font-weight:600;margin-bottom:.35rem}\n"
	".plot{max-width:33rem}\n"
	".plot svg{display:block;width:100%;height:auto;overflow:visible}\n"
	".plot text{font:15px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;"
	"fill:currentColor}\n"
	".plot .grid{stroke:var(--rule);stroke-width:1}\n"
	".plot .axis{stroke:currentColor;stroke-width:1}\n"
	".plot .line,.plot .mark{fill:none;stroke-width:2}.plot .mark{stroke-width:1.5}\n"
	".plot .band{fill-opacity:.14;stroke-opacity:.35;stroke-width:1}\n"
	".plot .halo{stroke:var(--paper);stroke-width:5}\n"
	".plot .spread{stroke:currentColor;stroke-width:1.5}\n"
	".hatch{fill:none;stroke:var(--paper);stroke-width:1.5;stroke-opacity:.6}\n"
	"@media (max-width:40rem){tbody th:first-child{position:sticky;left:0;z-index:1;"
	"background:var(--paper)}tbody th{max-width:9rem;white-space:normal}td{min-width:5.5rem}"
	".cards table,.cards tbody,.cards tr,.cards th,.cards td{display:block;border:0;"
	"padding:.1rem 0;max-width:none;min-width:0}.cards tbody th{position:static}"
	".cards tr{border-bottom:1px solid var(--rule)}.cards caption{display:block}"
	".cards thead,.matrix thead{display:none}.matrix,.matrix caption,.matrix tbody,.matrix "
	"td{display:block}"
	".matrix tr{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));padding-bottom:"
	".6rem}"
	".matrix tbody th{position:static;grid-column:1/-1;max-width:none;font-weight:600;border:0}"
	".matrix td::before{content:attr(data-name);display:block;font-size:.6875rem}}\n"
	"@media print{main{max-width:none;padding:0}body{font-size:10pt}"
	"h2,h3,h4,figcaption,caption,thead,summary{break-after:avoid}figure.plot,tr{break-inside:"
	"avoid}"
	".box{overflow:visible;container-type:normal;background:none}caption span{max-width:none}"
	"pre,.beside pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:7pt}"
	"details::details-content{content-visibility:visible;display:block;height:auto}"
	".pair,.beside{grid-template-columns:repeat(2,minmax(0,1fr));gap:0 .75rem}"
	".pair:has(table){grid-template-columns:minmax(0,1fr)}.plot{max-width:25rem}"
	"td.long,.pair tbody th{min-width:0}tbody "
	"th{white-space:normal;overflow-wrap:anywhere}table{font-size:8pt}.pair .cards "
	"table{font-size:8pt}.pair table{font-size:7pt}"
	".matrix td,.matrix thead th,.matrix tbody th{white-space:normal;padding:1px;min-width:0}"
	".broad{width:100%;table-layout:fixed}.broad thead th:first-child{width:3.5rem}"
	".broad td b,.broad td span,.broad thead th,.broad tbody th{font-size:6.8pt;"
	"font-weight:400;letter-spacing:-.035em;overflow-wrap:anywhere}"
	"th,td{padding:.1rem .2rem;min-width:0}nav{display:none}}\n";
