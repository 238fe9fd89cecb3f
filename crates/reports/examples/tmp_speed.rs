//! temporary
use std::time::Instant;
use base::*;
use warehouse::*;
fn main() {
    let dir = std::path::PathBuf::from("/tmp/x/np/speed"); let _ = std::fs::remove_dir_all(&dir); std::fs::create_dir_all(&dir).unwrap();
    let w = Warehouse::open(&Options{path: dir.join("f.duckdb"), threads:2, memory_limit_mib: 1024, temporary_folder: dir.join("s")}).unwrap();
    let ws = WorkspaceId(1);
    let mut n: u128 = 1; let mut rnd: u64 = 7;
    let mut next = move || { rnd = rnd.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); rnd ^ (rnd>>29) };
    let mut load_s = 0.0; let mut total=0u64;
    for b in 0..30i64 {
        let mut facts = Vec::new();
        for i in 0..10_000i64 {
            let t = Traffic{source: format!("s{}", next()%20), campaign: format!("c{}", next()%500), medium:"cpc".into(), default_channel:"paid_search".into(), ..Traffic::default()};
            let at = UnixMillis(1_770_000_000_000 + (b*10_000+i)*3000);
            n = (u128::from(next())<<64) | u128::from(next());
            let v = next();
            facts.push(Fact::Hit(Box::new(Hit{ id: FactId(n), may_repeat:false, workspace: ws, kind: HitKind::Click, at, recorded: at.plus_ms(5), seq:0, site:Some(SiteId(1)), link:Some(LinkId((next()%50) as i64)), visitor: VisitorId(v), visit: VisitId(next()), visit_at: at, visits:1, bounces:1, traffic: t.key(ws), touch: Some(Box::new(t)), page: Page{host:"shop.example".into(), path: format!("/p/{}", next()%300), title:"A product page".into()}, name:String::new(), properties: vec![], agent: Agent{device:Device::Phone, browser:"Chrome".into(), os:"Android".into()}, country: Country::from_code(["PL","DE","US","RU"][(next()%4) as usize]), bot: None, engaged_ms: 100, scroll_percent:0, revenue: None, click_ids: vec![(ClickIdKind::Gclid, format!("{:016x}{:016x}", next(), next()))]})));
        }
        total += facts.len() as u64;
        if b==1 { let s=Instant::now(); let mut x=0; for f in &facts { if let Fact::Hit(h)=f { x ^= h.touch.as_ref().unwrap().key(ws).0; } } println!("keys {:?} {x}", s.elapsed()); }
        let s = Instant::now();
        w.load(&Batch{facts, position: None}, &|_: WorkspaceId, t: &Traffic| Label{channel_path: vec![ChannelId(1)], source: t.source.clone(), campaign: t.campaign.clone(), ..Label::default()}).unwrap();
        load_s += s.elapsed().as_secs_f64(); if b%10==0 {println!("batch {b} {:?}", s.elapsed());}
    }
    println!("loaded {total} in {load_s:.2}s = {:.0}/s", total as f64/load_s);
    let s = Instant::now(); w.compact(UnixMillis(1_770_000_000_000 + 2*86_400_000)).unwrap(); println!("compact {:?}", s.elapsed());
    let s = Instant::now(); w.checkpoint().unwrap(); println!("checkpoint {:?} stats {:?}", s.elapsed(), w.stats().unwrap());
    let ctx = reports::ReportContext{workspace: ws, time_zone: "Europe/Warsaw".parse().unwrap(), currency: "PLN".parse().unwrap(), week_start: Default::default(), now: UnixMillis(1_780_000_000_000), language: Default::default(), names: Default::default()};
    for q in [r#"{"metrics":["clicks","visits","bounces","leads","cost"],"bucket":"day","period":{"from":"2026-02-01","to":"2026-03-31"}}"#,
      r#"{"metrics":["clicks","visits","visitors"],"bucket":"day","period":{"from":"2026-02-01","to":"2026-03-31"}}"#,
      r#"{"metrics":["clicks","visits","cpl","leads","cost"],"dimensions":["channel"],"period":{"from":"2026-02-01","to":"2026-03-31"}}"#,
      r#"{"metrics":["clicks","visits","visitors","cpl"],"dimensions":["campaign"],"period":{"from":"2026-02-01","to":"2026-03-31"}}"#,
      r#"{"metrics":["visits","visitors","page_views"],"dimensions":["landing_page"],"period":{"from":"2026-02-01","to":"2026-03-31"}}"#] {
        for _ in 0..2 { let s = Instant::now(); let r = reports::run(&w, &serde_json::from_str(q).unwrap(), &ctx, Limits::default()).unwrap(); println!("{:?} rows {} {}", s.elapsed(), r.rows_total, &q[..60]); }
    }
}
