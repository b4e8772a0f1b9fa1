//! Counters of one device against each other: parts that do not make up their whole lead to a warning, never to a correction.

use remote_services_core::counter::{
    ColorCounts, CounterEvent, Counters, Persistence, ServiceType, WorkCounters, WorkType,
};

/// Adds [`CounterEvent::CounterForWarnings`] where a total is not the sum of its colours, or where the device has printed,
/// copied and received more than it says in all. No epoch begins by it: it is said of each reading anew.
pub(crate) fn check(counters: &mut Counters) {
    let whole = |work: &&WorkCounters| {
        work.work_type == WorkType::WorkTotals && work.persistence == Persistence::Lifetime
    };
    let all = || counters.services.iter().map(|it| (&it.service_type, it.work.iter().filter(whole)));
    let works = all().flat_map(|(_, works)| works);
    let counts = works.flat_map(|work| [&work.impressions, &work.sheets, &work.images]).flatten();
    let colors = counts.chain(&counters.impressions).any(colors_differ);
    let total = |of: &ServiceType| {
        let mut works = all().filter(|(service, _)| *service == of).flat_map(|(_, works)| works);
        works.find_map(|work| work.impressions.as_ref()?.total)
    };
    let parts = [ServiceType::Print, ServiceType::Copy, ServiceType::FaxIn];
    let parts = parts.iter().filter_map(total).fold(0_u64, u64::saturating_add);
    let services = total(&ServiceType::SystemTotals).is_some_and(|all| parts > all.saturating_add(MEANWHILE));
    if colors || services {
        counters.events.push(CounterEvent::CounterForWarnings);
    }
}

/// Black and colour are needed; what a device does not count besides is nothing.
fn colors_differ(counts: &ColorCounts) -> bool {
    let (Some(total), Some(black), Some(color)) = (counts.total, counts.monochrome, counts.full_color) else {
        return false;
    };
    let others = [counts.highlight_color, counts.blank].into_iter().flatten();
    let sum = others.chain([color]).fold(black, u64::saturating_add);
    // Makers differ in whether blank sides and those in one colour are in the total by themselves.
    let least = black.saturating_add(color);
    !(least.saturating_sub(MEANWHILE)..=sum.saturating_add(MEANWHILE)).contains(&total)
}

/// What a device may print while it is read: no two counters are of the same moment. The fastest engines make 25 sides a
/// second, and the counters stand in one or two messages.
const MEANWHILE: u64 = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use remote_services_core::counter::ServiceCounters;

    fn events(services: &[(ServiceType, ColorCounts)]) -> Vec<CounterEvent> {
        let service = |(service_type, counts): &(ServiceType, ColorCounts)| {
            let work = WorkCounters {
                work_type: WorkType::WorkTotals,
                persistence: Persistence::Lifetime,
                impressions: Some(counts.clone()),
                ..WorkCounters::default()
            };
            let service_type = service_type.clone();
            ServiceCounters { service_type, work: vec![work] }
        };
        let mut counters =
            Counters { services: services.iter().map(service).collect(), ..Counters::default() };
        check(&mut counters);
        counters.events
    }

    fn counts(total: u64, black: u64, color: u64) -> ColorCounts {
        let (total, monochrome, full_color) = (Some(total), Some(black), Some(color));
        ColorCounts { total, monochrome, full_color, ..ColorCounts::default() }
    }

    #[test]
    fn a_total_that_is_not_black_and_colour_together_is_told_and_left_as_it_is() {
        let warning = [CounterEvent::CounterForWarnings];
        let of = |counts: ColorCounts| events(&[(ServiceType::SystemTotals, counts)]);
        assert_eq!(of(counts(1_000, 400, 700)), warning);
        assert_eq!(of(counts(1_000, 400, 500)), warning);
        assert_eq!(of(counts(1_000, 400, 600)), []);
        assert_eq!(of(counts(1_000, 400, 610)), [], "it printed while it was read");
        let highlight = ColorCounts { highlight_color: Some(100), ..counts(1_000, 400, 500) };
        assert_eq!(of(highlight), []);
        assert_eq!(of(ColorCounts { full_color: None, ..counts(1_000, 400, 0) }), []);
        assert_eq!(of(counts(u64::MAX, u64::MAX, u64::MAX)), []);
    }

    #[test]
    fn services_that_did_more_than_the_whole_device_are_told_and_less_is_no_wonder() {
        let total = |total| ColorCounts { total: Some(total), ..ColorCounts::default() };
        let of = |all, print, copy| {
            let parts = [(ServiceType::Print, total(print)), (ServiceType::Copy, total(copy))];
            events(&[(ServiceType::SystemTotals, total(all)), parts[0].clone(), parts[1].clone()])
        };
        assert_eq!(of(1_000, 900, 500), [CounterEvent::CounterForWarnings]);
        assert_eq!(of(1_000, 500, 500), []);
        assert_eq!(of(1_000, 500, 100), []);
    }
}
