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

// What everybody sees of a part: its first sentence, a plot and a table at most, what is folded, and
// one command.
const checkShown = () => {
	const folded = (element) => element.closest("details");
	for (const part of partNames.filter((part) => data[part])) {
		const section = document.getElementById(part);
		const count = (what) => [...section.querySelectorAll(what)].filter((e) => !folded(e)).length;
		const first = data.verdict.sentences.find((sentence) => sentence.part === part);
		if (count("figure") > 1 || count("table") !== 1 || count(".command") !== 1 ||
		    section.querySelectorAll("details").length !== 1)
			say("more, or less, than is to be seen of " + part);
		if (first && section.children[1].textContent.trim() !== shown(first.sentence))
			say("a part that does not begin with its first sentence: " + part);
	}
	const told = [...document.querySelectorAll(
		"main :is(caption, .plot figcaption, p, details > .said:first-of-type li)")];
	const texts = told.map((element) => squeeze(element.textContent));
	told.filter((_, i) => texts.indexOf(texts[i]) !== i).forEach((e) => say("what is there twice", e));
};

// While all is folded: the first screen has the answer, what to choose when, and a plot with its legend;
// and the whole is soon read.
const checkFolded = () => {
	if (innerWidth === 1280 && document.documentElement.scrollHeight > 6000)
		say("a page of " + document.documentElement.scrollHeight + " pixels");
	const answer = document.querySelector("p.answer");
	if (data.verdict.answer && shown(answer?.textContent ?? "") !== shown(data.verdict.answer))
		say("the page does not begin with the answer");
	for (const element of document.querySelectorAll("#verdict table, #verdict svg, p.answer"))
		if (innerWidth === 1280 && element.getBoundingClientRect().bottom > 900)
			say("what is not on the first screen", element);
};

// Far rounds are explained where their range is.
const checkStrays = () => {
	const text = document.getElementById("time").textContent;
	for (const row of data.time.latency) {
		const strays = (row.p50_ns_rounds ?? []).filter((round) => round > 3 * row.p50_ns).length;
		if (strays && !text.includes(strays + " of " + row.endpoint + ", up to "))
			say("a range without a word on it: " + row.endpoint);
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
	checkShown();
	if (data.time)
		checkStrays();
	checkHeadings();
	checkNames();
	checkRequests();
	document.querySelectorAll("table").forEach(checkTableParts);
	document.querySelectorAll("main svg:not([aria-hidden=true])").forEach(checkPlotParts);
};
