//! The whole way from files to a plan.

use std::path::Path;

use super::*;

#[test]
fn scratch() {
    let t = std::time::Instant::now();
    let document = read_path(Path::new("/work/main/kb"), &ReadOptions::default()).unwrap();
    println!("{} rows {:?}", document.rows.len(), t.elapsed());
    for n in &document.notices { println!("N {:?} {}", n.place.as_ref().map(|p| p.to_string()), n.message.en); }
    let t = std::time::Instant::now();
    let plan = plan(document, &[], &PlanOptions::default());
    println!("{:?} {}", t.elapsed(), plan.count(Verdict::Created));
    for i in &plan.items { for w in &i.warnings { println!("W {} {}", i.place, w.message.zh); } if let Some(r) = &i.refusal { println!("R {} {} {}", i.place, r.code, r.message.zh); } }
    for d in std::fs::read_dir("/work/shared/bench").unwrap() {
        let p = d.unwrap().path().join("kb.jsonl");
        if !p.exists() { continue; }
        let t = std::time::Instant::now();
        let document = read_path(&p, &ReadOptions::default()).unwrap();
        let n = document.rows.len();
        println!("{:?} {} rows {:?}", p, n, t.elapsed());
        for n in &document.notices { println!("N {:?} {}", n.place.as_ref().map(|p| p.to_string()), n.message.en); }
        let t = std::time::Instant::now();
        let plan = super::plan(document, &[], &PlanOptions { allow_shared_phrasings: true });
        println!("{:?} created {} refused {} warnings {}", t.elapsed(), plan.count(Verdict::Created), plan.count(Verdict::Refused), plan.items.iter().map(|i| i.warnings.len()).sum::<usize>());
        for i in plan.items.iter().filter(|i| i.refusal.is_some()).take(5) { let r = i.refusal.as_ref().unwrap(); println!("R {} {} {}", i.place, r.code, r.message.zh); }
        for i in plan.items.iter().filter(|i| !i.warnings.is_empty()).take(3) { for w in i.warnings.iter().take(2) { println!("W {} {}", i.place, w.message.en); } }
    }
}
