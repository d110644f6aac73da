// What the document demands: that all of it is there, that a screen reader finds its way, and that
// nothing in the page asks for anything.

const squeeze = (text) => text.replace(/\s+/g, " ").trim();
// As the report shows what is no text: see html_text().
const shown = (text) => squeeze(text.replace(
	/[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd"));
const named = (element) => {
	const ids = (element.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
	return squeeze(element.getAttribute("aria-label") || ids.map((id) =>
		document.getElementById(id)?.textContent ?? "").join(" "));
};

const partNames = ["code", "bytes", "time", "failures", "evolution"];

const checkContents = () => {
	const text = shown(document.querySelector("main").textContent);
	const has = (what, wanted) => {
		if (typeof wanted === "string" && !(wanted && text.includes(shown(wanted))))
			say("the page does not have the " + what + " \"" + wanted + "\"");
	};
	for (const fact of [data.sidecall, data.date, ...Object.values(data.machine)])
		has("fact", fact);
	for (const { sentence } of data.verdict.sentences)
		has("sentence", sentence ?? "");
	for (const part of partNames.filter((part) => data[part])) {
		const section = document.getElementById(part);
		if (!section || !section.querySelector("h2") || section.textContent.length < 200)
			say("there is no part " + part);
		has("command", data[part].command);
	}
};

const checkHeadings = () => {
	let last = 0;
	for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
		const level = Number(heading.tagName[1]);
		if (level > last + 1 || (level === 1) !== (last === 0) || !heading.textContent.trim())
			say("a heading of the wrong level", heading);
		last = level;
	}
};

const checkTableParts = (table) => {
	const cells = [...table.querySelectorAll("th")];
	if (!(table.caption && squeeze(table.caption.textContent)) && !named(table))
		say("a table without caption", table);
	if (!cells.length || !cells.some((th) => /^col/.test(th.scope)))
		say("a table without headers", table);
	for (const th of cells)
		if (!/^(col|row)(group)?$/.test(th.getAttribute("scope")))
			say("a header without scope", th);
};

const checkPlotParts = (svg) => {
	const about = ["aria-labelledby", "aria-describedby"].map((key) => svg.getAttribute(key) || "")
		.join(" ").split(/\s+/);
	for (const tag of ["title", "desc"]) {
		const element = svg.querySelector(":scope > " + tag);
		if (!element || !element.textContent.trim() || !about.includes(element.id))
			say("a plot without " + tag, svg);
	}
	if (svg.getAttribute("role") !== "img")
		say("a plot that is no image", svg);
};

const checkNames = () => {
	if (!/^en/.test(document.documentElement.lang) || !document.title.trim())
		say("a page without language or title");
	const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
	if (new Set(ids).size !== ids.length)
		say("an id that is there twice");
	for (const link of document.querySelectorAll("a"))
		if (!document.getElementById(link.getAttribute("href").slice(1)))
			say("a link that leads nowhere", link);
	for (const region of document.querySelectorAll("nav, [role=region]"))
		if (!named(region))
			say("a region without name", region);
};

// Elements that ask the network for something, or could.
const asks = "base, form, object, embed, iframe, audio, video, source, track, " +
	"meta[http-equiv]:not([http-equiv=Content-Security-Policy]), " +
	"link:not([rel=icon][href^='data:']), [src]:not([src^='data:']), [srcset], [background], " +
	"a:not([href^='#']), [ping], use:not([href^='#']), image, foreignObject";
const checkRequests = () => {
	for (const element of document.querySelectorAll(asks))
		say("what asks for something: " + element.outerHTML.slice(0, 80));
	for (const element of document.querySelectorAll("style, [style]"))
		if (/@import|url\((?!["']?(data:|#))/i.test(
			    element.textContent + element.getAttribute("style")))
			say("a style that asks for something", element);
	for (const script of document.scripts)
		if (script !== document.currentScript && script.type !== "application/json")
			say("a script", script);
	for (const element of document.querySelectorAll("*"))
		for (const { name, value } of element.attributes)
			if (/^on/i.test(name) || /^\s*javascript:/i.test(value))
				say("a script in " + name, element);
};

const checkParts = () => {
	checkContents();
	checkHeadings();
	checkNames();
	checkRequests();
	document.querySelectorAll("table").forEach(checkTableParts);
	document.querySelectorAll("main svg:not([aria-hidden=true])").forEach(checkPlotParts);
};
