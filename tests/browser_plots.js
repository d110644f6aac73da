// Every plot shows what the document has for it.  What that is, is worked out here from the document
// alone; where it is to be drawn follows from the numbers on the plot's own axes.

// ---- what is to be drawn ----

// A mark: its series and, for a bar, its group; x of a point; value, low and high, or no value.
const bounded = (row, key) => ({ value: row[key], low: row[key + "_low"], high: row[key + "_high"] });
const unique = (list) => [...new Set(list)];

const stack = (groups, series, value) => ({
	marks: groups.flatMap((group) => series.map((name) => (
		{ series: name, group: group.name, value: value(group.row, name) }))),
	kind: "stack", series,
});

const codePlot = () => {
	const series = unique(data.code.ways.flatMap((row) => Object.keys(row.lines)))
		.filter((job) => job !== "all");
	return stack(data.code.ways.map((row) => ({ name: row.way + ": " + row.author, row })), series,
		     (row, job) => row.lines[job] ?? 0);
};
const bytesOf = (row, layer) => row?.[layer + "_bytes"];
const callsPlot = () => {
	const first = data.bytes.calls.filter((call, i, all) =>
		all.findIndex((other) => other.procedure === call.procedure) === i);
	return stack(first.flatMap((call) => ["rpc", "raw"].map((way) => (
		{ name: call.procedure + " " + way, row: call.endpoints[way + "+tcp"] }))),
		["payload", "protocol", "framing"], bytesOf);
};
const endpointsPlot = () => stack(
	data.bytes.endpoints.filter((row) => row.all_bytes != null)
		.map((row) => ({ name: row.endpoint, row })),
	["payload", "protocol", "framing", "discovery"], bytesOf);

const placementIn = (title) => /own CPU|two CPUs/.test(title) ? "two CPUs" : "one CPU";
const wayNames = { bare: "bare ", raw: "raw+", rpc: "rpc+", tirpc: "tirpc+" };
const medianPlot = (title) => {
	const rows = data.time.latency.filter((row) => row.placement === placementIn(title));
	const transports = ["tcp", "udp", "unix", "pipe", "fifo", "shm"];
	return { kind: "bars", key: "p50_ns", series: Object.keys(wayNames),
		 marks: transports.flatMap((group) => Object.entries(wayNames).map(([series, way]) => {
			 const row = rows.find((row) => row.endpoint === way + group);
			 return { series, group, none: !row, ...bounded(row || {}, "p50_ns") };
		 })) };
};

const line = (key, marks) => (
	{ kind: "lines", key, marks, series: unique(marks.map((mark) => mark.series)) });
const loadPlot = (what, x, other) => (title) => line(what, data.time.throughput
	.filter((row) => row[other] === 1 && row.placement === placementIn(title))
	.map((row) => ({ series: row.endpoint, x: row[x], ...bounded(row, what) })));
const payloadPlot = () => line("p50_ns", data.time.payload
	.map((row) => ({ series: row.endpoint, x: row.argument_size, ...bounded(row, "p50_ns") })));

// Not all endpoints are in one plot, so a plot is asked which it has; all of them have to be in one.
const percentilesPlot = (title, drawn) => {
	const rows = data.time.percentiles.filter((row) =>
		row.placement === placementIn(title) && drawn.includes(row.endpoint));
	return { ...line("p50_ns", rows.flatMap((row) => row.points.filter(([percent]) => percent >= 90)
			 .map(([x, value]) => ({ series: row.endpoint, x, value })))),
		 logarithmic: true };
};

const plots = [
	["code", /^lines of code by job/i, codePlot],
	["bytes", /^bytes of a call and its reply/i, callsPlot],
	["bytes", /^bytes of .* by endpoint/i, endpointsPlot],
	["time", /^median time of one call.*one CPU/i, medianPlot],
	["time", /^median time of one call.*own CPU/i, medianPlot],
	["time", /^time of one call.* percentile/i, percentilesPlot],
	["time", /^calls a second against connections/i, loadPlot("per_second", "connections", "depth")],
	["time", /^calls a second against calls in flight/i, loadPlot("per_second", "depth", "connections")],
	["time", /^the time that 99 % .* against connections/i, loadPlot("p99_ns", "connections", "depth")],
	["time", /^the time that 99 % .* against calls in flight/i, loadPlot("p99_ns", "depth", "connections")],
	["time", /size of its argument/i, payloadPlot],
];

// ---- what is drawn ----

// Where an element is, in the units of its drawing.
const placeOf = (element) => {
	const svg = element.ownerSVGElement, box = element.getBBox();
	const to = svg.getScreenCTM().inverse().multiply(element.getScreenCTM());
	const [a, b] = [[box.x, box.y], [box.x + box.width, box.y + box.height]]
		.map(([x, y]) => new DOMPoint(x, y).matrixTransform(to));
	return { left: a.x, right: b.x, top: a.y, bottom: b.y,
		 x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
};
const near = (a, b, slack = 0.6) => Math.abs(a - b) <= slack;

const spreads = {
	linear: (n) => n,
	logarithm: (n) => Math.log10(n),
	percentiles: (n) => -Math.log10(1 - n / 100),
};
// Numbers and the lines of the grid that they stand at.
const ticksOf = (svg, anchor) => [...svg.querySelectorAll("text")]
	.filter((text) => text.getAttribute("text-anchor") === anchor && figure(text.textContent))
	.flatMap((text) => {
		const at = placeOf(text), upright = anchor === "middle";
		const lines = [...svg.querySelectorAll(".grid")].map(placeOf)
			.filter((l) => upright ? near(l.x, at.x, 1) && near(l.left, l.right)
					       : near(l.y, at.y, 8) && near(l.top, l.bottom));
		return lines.map((l) => ({ at: upright ? l.x : l.y,
					   number: figure(text.textContent).number }));
	});
// From a number to its place: the spread that fits all ticks; a straight one, if in doubt.
const axisOf = (ticks) => {
	const first = ticks[0], last = ticks[ticks.length - 1];
	for (const [spread, out] of ticks.length < 2 ? [] : Object.entries(spreads)) {
		const from = out(first.number), to = out(last.number);
		const place = (n) => first.at + (out(n) - from) / (to - from) * (last.at - first.at);
		if (Number.isFinite(place(first.number)) &&
		    ticks.every((tick) => near(place(tick.number), tick.at)))
			return { spread, place };
	}
	return null;
};

const plotTitle = (svg) => squeeze(svg.querySelector(":scope > title")?.textContent ?? "");
const colourOf = (shape) => {
	const style = getComputedStyle(shape);
	return style.fill !== "none" && !style.fill.startsWith("url") ? style.fill : style.stroke;
};
const isShape = (e) => /^(rect|circle|line|path|polygon)$/.test(e.localName) &&
	!e.matches(".grid, .axis, .spread, .halo") && e.getBBox().width > 0;

// What the legend calls a protocol.
const legendWords = { rpc: /^RPC: .*rpcgen/, raw: /^raw messages: .*by hand/, tirpc: /^libtirpc: .*rpcgen/,
		      bare: /^bare: .*transport alone/ };
const isCalled = (text, name) => legendWords[name]?.test(text) ?? text === name;
// The shapes beside a name in the legend, which stand to its left.
const legendOf = (svg, name) => {
	const texts = [...svg.querySelectorAll("text")].filter((t) => isCalled(t.textContent, name) &&
		!t.closest("[data-group], [data-series]") && t.getAttribute("text-anchor") !== "middle");
	const at = texts.length ? placeOf(texts[texts.length - 1]) : null;
	return !at ? [] : [...svg.querySelectorAll("*")].filter((e) => {
		if (!isShape(e) || e.closest("defs, [data-group], g[data-series]"))
			return false;
		const room = placeOf(e);
		return near(room.y, at.y, 6) && room.right <= at.left + 1 && room.right > at.left - 40;
	});
};
const marksOf = (svg, series) => [...svg.querySelectorAll("[data-value], [data-y]")].filter((e) =>
	e.closest("[data-series]").dataset.series === series);

const checkLegend = (svg, series) => {
	const tops = [...svg.querySelectorAll(".grid, [data-value], [data-y]")].map((e) => placeOf(e).top);
	const looks = series.map((name) => {
		const legend = legendOf(svg, name), marks = marksOf(svg, name);
		if (legend.some((e) => placeOf(e).bottom > Math.min(...tops)))
			say("a legend that is not above its plot: " + name, svg);
		const colours = unique([...legend, ...marks].map(colourOf))
			.filter((colour) => colour !== "none");
		const line = marks[0]?.closest("g").querySelector("path.line");
		const dashes = unique([...legend.filter((e) => e.matches(".line")), ...(line ? [line] : [])]
			.map((e) => getComputedStyle(e).strokeDasharray + colourOf(e)));
		if (!legend.length || (marks.length && colours.length !== 1) || dashes.length > 1)
			say("the legend's " + name + " is not that of the plot", svg);
		const paper = paperBehind(svg);
		if (marks.some((e) => contrast(over([...parts(colourOf(e)).slice(0, 3),
			parts(colourOf(e))[3] * opacityOf(e) * getComputedStyle(e).fillOpacity], paper),
			paper) < 1.5 || !e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })))
			say("marks of " + name + " that cannot be seen", svg);
		return colours + dashes + legend.map((e) => e.getAttribute("d") ?? e.getAttribute("fill"));
	});
	if (unique(looks).length !== looks.length)
		say("two series that look the same", svg);
};

// ---- one against the other ----

const scaleOfPlot = (svg, key) => {
	const texts = [...svg.querySelectorAll("text")].map((t) => t.textContent);
	const titles = texts.filter((t) => /second|[µμ]s|bytes|lines/.test(t)).join(" ");
	return scaleOf(key || "", titles);
};
const known = (mark) => typeof mark.value === "number";
const equals = (shape, key, wanted) => Number(shape.dataset[key]) === wanted;

// The spread of a bar that has bounds goes from one to the other, or beyond the plot: further than any
// bar, and then the figure behind it says how far.
const reaches = (svg, spread, right) => {
	const at = placeOf(spread), bars = [...svg.querySelectorAll("[data-value]")].map((e) => placeOf(e).right);
	return spread.matches(".beyond") ? right > at.right && at.right > Math.max(...bars)
					 : near(at.right, right);
};
const checkSpread = (svg, mark, at, place) => {
	if (mark.low < mark.high && ![...svg.querySelectorAll(".spread")].some((s) =>
		placeOf(s).y > at.top && placeOf(s).y < at.bottom && near(placeOf(s).left, place(mark.low)) &&
		reaches(svg, s, place(mark.high))))
		say("no spread of " + mark.series + " " + mark.group, svg);
};

const cornersOf = (path) => [...(path?.getAttribute("d") ?? "")
	.matchAll(/([ML])\s*([-\d.]+)[ ,]([-\d.]+)/g)].map(([, pen, x, y]) => [pen, Number(x), Number(y)]);
// That of a point is in the band around its line: a corner above it, and one below.
const checkBand = (svg, mark, x, place) => {
	const corners = [...svg.querySelectorAll(".band")]
		.filter((band) => band.closest("[data-series]").dataset.series === mark.series)
		.flatMap(cornersOf).filter(([, left]) => near(left, x));
	if (mark.low < mark.high && ![mark.low, mark.high].every((bound) =>
		corners.some(([, , top]) => near(top, place(bound)))))
		say("no spread of " + mark.series + " at " + mark.x, svg);
};

const checkPoint = (svg, mark, shape, x, y, scale) => {
	const at = placeOf(shape), wanted = { x: x.place(mark.x), y: y.place(mark.value * scale) };
	if (!equals(shape, "x", mark.x) || !equals(shape, "y", mark.value) ||
	    !near(at.x, wanted.x) || !near(at.y, wanted.y))
		say("a point of " + mark.series + " at " + mark.x + " is not where it should be", svg);
	checkBand(svg, mark, wanted.x, (n) => y.place(n * scale));
};

// The line goes from point to point, and is interrupted where one is missing.
const checkPath = (svg, marks, x, y, scale) => {
	const path = marksOf(svg, marks[0].series)[0]?.closest("g").querySelector("path.line");
	const drawn = cornersOf(path), wanted = [];
	let pen = false;
	for (const mark of marks) {
		if (known(mark))
			wanted.push([pen ? "L" : "M", x.place(mark.x), y.place(mark.value * scale)]);
		pen = known(mark);
	}
	if (drawn.length !== wanted.length || wanted.some(([pen, x, y], i) =>
		drawn[i][0] !== pen || !near(drawn[i][1], x) || !near(drawn[i][2], y)))
		say("the line of " + marks[0].series + " is not through its points", svg);
};

const checkLines = (svg, plot) => {
	const x = axisOf(ticksOf(svg, "middle")), y = axisOf(ticksOf(svg, "end"));
	const scale = scaleOfPlot(svg, plot.key);
	if (!x || !y || !scale || (plot.logarithmic && y.spread !== "logarithm"))
		return say("axes that say nothing, or something wrong", svg);
	for (const name of plot.series) {
		const marks = plot.marks.filter((mark) => mark.series === name);
		const wanted = marks.filter(known), shapes = marksOf(svg, name);
		if (shapes.length !== wanted.length)
			say(shapes.length + " points of " + name + " for " + wanted.length, svg);
		else
			wanted.forEach((mark, i) => checkPoint(svg, mark, shapes[i], x, y, scale));
		if (wanted.length)
			checkPath(svg, marks, x, y, scale);
	}
};

// A long name may have been cut.
const isNameOf = (cut, name) =>
	cut === shown(name) || (cut.length > 48 && shown(name).startsWith(cut));
const groupText = (name) => [...name].length <= 24 ? name : [...name].slice(0, 23).join("") + "…";
// The figure, or the words, behind the last bar of a row.
const behind = (group, room) => [...group.querySelectorAll("text[text-anchor=start]")]
	.filter((text) => near(placeOf(text).y, room.y, 7)).map((text) => text.textContent);

const checkBar = (svg, mark, shape, x, scale, from) => {
	const at = placeOf(shape);
	if (!equals(shape, "value", mark.value) || !near(at.left, x.place(from * scale)) ||
	    !near(at.right, x.place((from + mark.value) * scale)))
		say("a bar of " + mark.group + " " + mark.series + " is not as long as it should be", svg);
	return at;
};
const saysNumber = (texts, number) =>
	texts.some((text) => figure(text) && rounds(figure(text), number));

const checkStack = (svg, group, marks, x, scale) => {
	let from = 0, at = null;
	for (const mark of marks) {
		const shape = marksOf(group, mark.series)[0];
		if (Boolean(shape) !== (known(mark) && mark.value > 0))
			say("a bar too many or too few: " + mark.group + " " + mark.series, svg);
		if (shape)
			at = checkBar(svg, mark, shape, x, scale, from);
		from += mark.value || 0;
	}
	const texts = at ? behind(group, at) : [], whole = marks.every(known);
	if (at && !saysNumber(texts.map((text) => text.replace(/ \+ \?$/, "")), from * scale) ||
	    texts.some((text) => text.includes("?") === whole))
		say("a sum that is not " + from + " at " + marks[0].group, svg);
};

const checkBarGroup = (svg, group, marks, x, scale) => {
	for (const mark of marks) {
		const shape = marksOf(group, mark.series)[0];
		if (Boolean(shape) !== known(mark))
			say("a bar too many or too few: " + mark.group + " " + mark.series, svg);
		if (!shape || !known(mark))
			continue;
		const at = checkBar(svg, mark, shape, x, scale, 0);
		checkSpread(svg, mark, at, (n) => x.place(n * scale));
		const [number, most] = (behind(group, at)[0] ?? "").split(", to ");
		if (!saysNumber([number], mark.value * scale) || (most && !saysNumber([most], mark.high * scale)))
			say("a figure that is not the bar's: " + mark.group + " " + mark.series, svg);
	}
	const words = [...group.querySelectorAll("text")].map((text) => text.textContent)
		.filter((text) => /^(not known|none)$/.test(text));
	const missing = marks.filter((mark) => !known(mark))
		.map((mark) => mark.none ? "none" : "not known");
	if (words.sort().join() !== missing.sort().join())
		say("bars that are missing without a word: " + marks[0].group, svg);
};

const checkBars = (svg, plot) => {
	const x = axisOf(ticksOf(svg, "middle")), scale = scaleOfPlot(svg, plot.key);
	const groups = [...svg.querySelectorAll("[data-group]")];
	const names = unique(plot.marks.map((mark) => mark.group));
	if (!x || x.spread !== "linear" || !scale)
		return say("an axis that says nothing, or something wrong", svg);
	if (groups.length !== names.length || groups.some((g, i) => !isNameOf(g.dataset.group, names[i])))
		return say("other groups of bars than there are", svg);
	names.forEach((name, i) => {
		const marks = plot.marks.filter((mark) => mark.group === name);
		const label = groups[i].querySelector("text").textContent;
		if (label !== groupText(shown(name)))
			say("a group with the name of another: " + label, svg);
		(plot.kind === "stack" ? checkStack : checkBarGroup)(svg, groups[i], marks, x, scale);
	});
};

const checkPlot = (svg, make) => {
	const drawn = unique([...svg.querySelectorAll("[data-series]")].map((e) => e.dataset.series));
	const plot = make(plotTitle(svg), drawn);
	if (drawn.some((name) => !plot.series.includes(name)))
		return say("a series that should not be there", svg);
	checkLegend(svg, plot.series);
	(plot.kind === "lines" ? checkLines : checkBars)(svg, plot);
};

// Every endpoint that was measured has its percentiles drawn.
const checkPercentiles = (svgs) => {
	const drawn = svgs.filter((svg) => /percentile/i.test(plotTitle(svg))).flatMap((svg) =>
		[...svg.querySelectorAll("g[data-series]")].map((g) =>
			g.dataset.series + placementIn(plotTitle(svg))));
	for (const row of data.time.percentiles)
		if (!drawn.includes(row.endpoint + row.placement))
			say("no percentiles of " + row.endpoint + " on " + row.placement);
};

const checkPlots = () => {
	const svgs = [...document.querySelectorAll("main svg[role=img]")];
	for (const svg of svgs) {
		const plot = plots.find(([, title]) => title.test(plotTitle(svg)));
		if (plot)
			checkPlot(svg, plot[2]);
		else
			say("a plot that nobody knows", svg);
		if (squeeze(svg.closest("figure").querySelector("figcaption").textContent) !== plotTitle(svg))
			say("a plot with two titles", svg);
	}
	for (const [part, title] of plots)
		if (data[part] && !svgs.some((svg) => title.test(plotTitle(svg))))
			say("there is no plot of " + title.source);
	if (data.time)
		checkPercentiles(svgs);
};
