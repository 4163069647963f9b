//! Many requests at once, by each in turn; and how one compares with the others.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::Measured;
use super::grantd;
use super::stage::{self, Contender, Proxy, Stage};
use crate::bench::{self, CONNECTIONS, Figures, RUNS, SECONDS};
use crate::figures::Figure;

/// What is asked for, and of whom.
pub(super) struct Scene {
    /// What it is called.
    pub(super) title: &'static str,
    /// By which consumer.
    pub(super) consumer: &'static str,
    /// What behind it.
    pub(super) path: &'static str,
    /// Beside whom.
    pub(super) bounds: Bounds,
}

/// How much of the processor time of others one takes at most; those without a bound are not measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) nginx: Option<f64>,
    pub(super) envoy: Option<f64>,
}

impl Bounds {
    /// Without nginx.
    pub(super) const fn beside_envoy_alone(self) -> Self {
        Self {
            nginx: None,
            ..self
        }
    }

    /// Without Envoy.
    const fn beside_nginx_alone(self) -> Self {
        Self {
            envoy: None,
            ..self
        }
    }

    /// Beside whom, and the bound.
    fn others(self) -> impl Iterator<Item = (Proxy, f64)> {
        let nginx = self.nginx.map(|most| (Proxy::Nginx, most));
        let envoy = self.envoy.map(|most| (Proxy::Envoy, most));
        nginx.into_iter().chain(envoy)
    }
}

/// The runs of one contender.
pub(super) struct Series {
    pub(super) name: String,
    runs: Vec<Figures>,
}

impl Series {
    /// The figure in the middle, of each kind.
    pub(super) fn medians(&self) -> Figures {
        bench::medians(&self.runs)
    }

    /// Processor time for each request: in the middle, least and most.
    pub(super) fn cpu(&self) -> String {
        let each = self.runs.iter().map(|run| run.cpu_us_per_request);
        let least = each.clone().fold(f64::INFINITY, f64::min);
        let most = each.fold(0.0, f64::max);
        let median = self.medians().cpu_us_per_request;
        format!("{median:.1} µs ({least:.1} to {most:.1})")
    }

    /// How much more processor time each request takes than by another, in the middle of the rounds, in µs.
    pub(super) fn beyond(&self, other: &Self) -> f64 {
        let pairs = self.runs.iter().zip(&other.runs);
        let more = pairs.map(|(mine, its)| mine.cpu_us_per_request - its.cpu_us_per_request);
        let mut more: Vec<f64> = more.collect();
        more.sort_by(f64::total_cmp);
        more.get(more.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Measures grantd beside those that have a bound.
pub(super) fn measure(stage: &Stage, scene: &Scene) -> Result<Measured> {
    let proxies = scene.bounds.others().map(|(proxy, _)| proxy);
    let contenders = std::iter::once(Proxy::Grantd)
        .chain(proxies)
        .map(|proxy| stage.contender(proxy, scene.consumer, scene.path))
        .collect::<Result<Vec<_>>>()?;
    let series = in_turn(&stage.folder, scene.title, &contenders, SECONDS)?;
    judged(scene.title, scene.bounds, &series)
}

/// Measures requests that are spread over many consumers, beside as many locations of nginx.
pub(super) fn consumers(stage: &Stage, bounds: Bounds) -> Result<Measured> {
    println!("\nadding {} consumers", stage::MANY);
    for number in 0..stage::MANY {
        stage.grantd.add(&grantd::plain(&stage::nth(number)))?;
    }
    // grantd takes up what is added a moment later: the last one is waited for, on every thread
    let last = stage::nth(stage::MANY - 1);
    stage.contender(Proxy::Grantd, &last, "")?;
    std::thread::sleep(Duration::from_secs(2));
    let spread = |proxy| -> Result<Contender> {
        let mut contender = stage.contender(proxy, &last, "")?;
        let path = |number| format!("/consumers/{}/", stage::nth(number));
        contender.request.paths = (0..stage::MANY).map(path).collect();
        Ok(contender)
    };
    let mut alone = stage.contender(Proxy::Grantd, &last, "")?;
    "grantd, one of them".clone_into(&mut alone.name);
    let contenders = [spread(Proxy::Grantd)?, spread(Proxy::Nginx)?, alone];
    let title = format!("{} of them", stage::MANY);
    let series = in_turn(&stage.folder, &title, &contenders, SECONDS)?;
    judged(&title, bounds.beside_nginx_alone(), &series)
}

/// Runs them in turn, so that a machine whose speed drifts is as fast for all of them. The first run of each
/// warms up and does not count.
pub(super) fn in_turn(
    folder: &Path,
    title: &str,
    contenders: &[Contender],
    seconds: u64,
) -> Result<Vec<Series>> {
    println!("\n{title}: {RUNS} runs of {seconds} s each, {CONNECTIONS} connections, in turn");
    bench::show_head();
    let mut all: Vec<Series> = contenders
        .iter()
        .map(|contender| Series {
            name: contender.name.clone(),
            runs: Vec::new(),
        })
        .collect();
    for run in 0..=RUNS {
        let seconds = if run == 0 { 1 } else { seconds };
        for (contender, series) in contenders.iter().zip(&mut all) {
            let (request, processes) = (&contender.request, &contender.processes);
            let figures = bench::measure(folder, request, processes, seconds)
                .with_context(|| format!("{title}: {}", contender.name))?;
            if run > 0 {
                bench::show(&contender.name, &figures);
                series.runs.push(figures);
            }
        }
    }
    println!("medians");
    for series in &all {
        bench::show(&series.name, &series.medians());
    }
    Ok(all)
}

/// The first of them beside the others.
fn judged(title: &str, bounds: Bounds, all: &[Series]) -> Result<Measured> {
    let (ours, others) = all.split_first().context("nothing was measured")?;
    let cpu = ours.medians().cpu_us_per_request;
    let mut is_good = true;
    let (mut compared, mut wanted) = (ours.cpu(), Vec::new());
    for (series, (_, most)) in others.iter().zip(bounds.others()) {
        let part = cpu / series.medians().cpu_us_per_request;
        is_good &= part <= most;
        let name = &series.name;
        println!("CPU per request: {part:.2} of {name}'s, at most {most} is wanted");
        compared = format!("{compared}, {part:.2} of {name}'s {}", series.cpu());
        wanted.push(format!("at most {most} of {name}'s"));
    }
    let figure = |name: &str, value, wanted| Figure {
        name: format!("consumers, {title}: {name}"),
        value,
        wanted,
    };
    let of_all = |tell: fn(&Figures) -> String| {
        let told = all
            .iter()
            .map(|series| format!("{} {}", series.name, tell(&series.medians())));
        told.collect::<Vec<_>>().join("; ")
    };
    let rates = of_all(|figures| format!("{:.0}", figures.requests_per_second));
    let times = of_all(|figures| format!("{:.2} and {:.2} ms", figures.p50_ms, figures.p99_ms));
    Ok(Measured {
        figures: vec![
            figure(
                "processor time for each request",
                compared,
                wanted.join(", "),
            ),
            figure("requests per second", rates, String::new()),
            figure("time at p50 and p99", times, String::new()),
        ],
        is_good,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, times: [f64; 3]) -> Series {
        let run = |cpu_us_per_request| Figures {
            requests_per_second: 50_000.4,
            p50_ms: 1.0,
            p99_ms: 4.0,
            cpu_us_per_request,
        };
        Series {
            name: name.to_owned(),
            runs: times.map(run).to_vec(),
        }
    }

    #[test]
    fn a_figure_beyond_one_of_its_bounds_is_not_good() {
        let bounds = Bounds {
            nginx: Some(1.15),
            envoy: Some(0.4),
        };
        let ours = || series("grantd", [20.0, 22.0, 21.0]);
        for (nginx, envoy, is_good) in
            [(20.0, 60.0, true), (18.0, 60.0, false), (20.0, 50.0, false)]
        {
            let all = [
                ours(),
                series("nginx", [nginx; 3]),
                series("Envoy", [envoy; 3]),
            ];
            assert_eq!(judged("it", bounds, &all).unwrap().is_good, is_good);
        }
        let all = [
            ours(),
            series("nginx", [20.0; 3]),
            series("Envoy", [60.0; 3]),
        ];
        let figures = judged("it", bounds, &all).unwrap().figures;
        assert_eq!(
            figures[0].value,
            "21.0 µs (20.0 to 22.0), 1.05 of nginx's 20.0 µs (20.0 to 20.0), \
             0.35 of Envoy's 60.0 µs (60.0 to 60.0)"
        );
        assert_eq!(
            figures[0].wanted,
            "at most 1.15 of nginx's, at most 0.4 of Envoy's"
        );
        assert_eq!(figures[1].value, "grantd 50000; nginx 50000; Envoy 50000");
    }

    #[test]
    fn more_is_the_difference_within_a_round() {
        let (one, other) = (
            series("a", [10.0, 20.0, 30.0]),
            series("b", [9.0, 18.0, 29.0]),
        );
        assert!((one.beyond(&other) - 1.0).abs() < 1e-9);
    }
}
