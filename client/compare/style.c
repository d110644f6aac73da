/* How the report looks: one style sheet, for screens light and dark, wide and narrow, and paper. */
#include "client/compare/style.h"

/* Colours of series: those of Okabe and Ito, which most colour-blind people tell apart, with darker
 * or lighter kin behind them; lines differ by their dashes too. */
#define LIGHT                                                                                      \
	"--paper:#fff;--ink:#1b1f24;--faint:#57606a;--rule:#d0d7de;--wash:#f4f6f8;--link:#0b57a4;" \
	"--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#b5468f;--s4:#8a6d00;--s5:#3a8fc4;"           \
	"--s6:#7a4a1d;--s7:#5b5fc7;--s8:#6b7280;--s9:#a01030;--s10:#2f6b2f;--s11:#1b1f24;"
#define DARK                                                                                       \
	"--paper:#14171b;--ink:#e6e8eb;--faint:#a0a8b2;--rule:#3a414a;--wash:#1d2127;"             \
	"--link:#7cb7f0;--s0:#56b4e9;--s1:#ff9a4d;--s2:#2fcf9f;--s3:#e08cc4;--s4:#f0e442;"         \
	"--s5:#9fd0f5;--s6:#d0a070;--s7:#a9acf5;--s8:#b6bcc6;--s9:#ff8096;--s10:#8fd08f;"          \
	"--s11:#e6e8eb;"

const char style_sheet[] =
	":root{color-scheme:light dark;" LIGHT "}\n"
	"@media (prefers-color-scheme:dark){:root{" DARK "}}\n"
	"@media print{:root{color-scheme:light;" LIGHT "}}\n"
	"*{box-sizing:border-box}\n"
	"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
	"body{margin:0;background:var(--paper);color:var(--ink);"
	"font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n"
	"main{max-width:72rem;margin:0 auto;padding:1rem}\n"
	"h1{font-size:1.75rem;line-height:1.2;margin:1rem 0 .5rem}\n"
	"h2{font-size:1.35rem;line-height:1.25;margin:2.5rem 0 .75rem;padding-top:1rem;"
	"border-top:1px solid var(--rule)}\n"
	"h3{font-size:1.1rem;line-height:1.3;margin:1.75rem 0 .5rem}\n"
	"p,li,dd,figcaption,caption{overflow-wrap:anywhere}p,nav{max-width:52rem}\n"
	"summary{cursor:pointer;margin:.75rem 0}\n"
	"a{color:var(--link)}\n"
	"nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem}\n"
	"dt{color:var(--faint)}dd{margin:0}\n"
	"code,pre{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;"
	"font-size:.875rem}\n"
	"pre{margin:0;padding:.75rem;line-height:1.4;tab-size:8}\n"
	".box{overflow-x:auto;max-width:100%;margin:.75rem 0 1rem}\n"
	".box:focus-visible{outline:2px solid var(--link)}\n"
	".listing .box{background:var(--wash);border:1px solid var(--rule);border-radius:4px}\n"
	".beside{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:0 1rem}"
	".beside pre{tab-size:4;font-size:.8125rem}\n"
	"@media (max-width:50rem){.beside{grid-template-columns:minmax(0,1fr)}}\n"
	".command code{background:var(--wash);padding:.1rem .3rem;overflow-wrap:anywhere}\n"
	".command,.note{color:var(--faint)}.command code{color:var(--ink)}\n"
	"table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.875rem}\n"
	"caption{text-align:left;color:var(--faint);padding-bottom:.35rem}\n"
	"th,td{padding:.25rem .6rem;text-align:left;vertical-align:top;"
	"border-bottom:1px solid var(--rule)}\n"
	"th{font-weight:600;border-bottom-width:2px;vertical-align:bottom}\n"
	"td{min-width:3rem}th.number,td.number{text-align:right;white-space:nowrap}\n"
	"td.missing{text-align:right;color:var(--faint)}\n"
	"td.good{color:var(--s2)}td.bad{color:var(--s1)}\n"
	"figure{margin:1rem 0}figcaption{font-weight:600;margin-bottom:.35rem}\n"
	".plot{max-width:33rem}\n"
	".plot svg{display:block;width:100%;height:auto;overflow:visible}\n"
	".plot text{font:15px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;"
	"fill:currentColor}\n"
	".plot .grid{stroke:var(--rule);stroke-width:1}\n"
	".plot .axis{stroke:currentColor;stroke-width:1}\n"
	".plot .line{fill:none;stroke-width:2}\n"
	".plot .spread{stroke:currentColor;stroke-width:1.5}\n"
	"@media print{main{max-width:none;padding:0}body{font-size:11pt}"
	"h2,h3,figcaption,caption{break-after:avoid}figure.plot,tr{break-inside:avoid}"
	".box{overflow:visible}pre{white-space:pre-wrap;overflow-wrap:anywhere}"
	"table{font-size:9pt}th,td{padding:.15rem .35rem}nav{display:none}}\n";
