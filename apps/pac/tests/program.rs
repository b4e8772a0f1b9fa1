//! The program as its caller sees it: answers, exit codes, and scripts that want more than they may have.

#![allow(clippy::unwrap_used, reason = "a test that fails may as well fail there")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn run(input: &[u8]) -> Output {
    run_with(&[], input)
}

fn run_with(options: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_remote-services-pac"))
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A child that ends early does not read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn script(body: &str) -> Output {
    run(format!("https://www.a.test/\nwww.a.test\nfunction FindProxyForURL(url, host) {{ {body} }}")
        .as_bytes())
}

fn answer(body: &str) -> String {
    let output = script(body);
    assert!(output.status.success(), "{body}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn the_answer_of_the_script_is_printed() {
    assert_eq!(answer("return 'PROXY p.test:8080; DIRECT';"), "PROXY p.test:8080; DIRECT");
    assert_eq!(answer("return url + ' ' + host;"), "https://www.a.test/ www.a.test");
    assert_eq!(answer("return null;"), "DIRECT");
    assert_eq!(answer(""), "DIRECT");
    assert_eq!(answer("return 'a\\u0000\\nb';"), "ab");
}

#[test]
fn the_functions_say_what_all_expect_of_them() {
    for (call, expected) in [
        ("isPlainHostName('www')", "true"),
        ("isPlainHostName('www.a.test')", "false"),
        ("dnsDomainIs('www.A.test', '.a.test')", "true"),
        ("dnsDomainIs('www.b.test', '.a.test')", "false"),
        ("localHostOrDomainIs('www.a.test', 'www.a.test')", "true"),
        ("localHostOrDomainIs('www', 'www.a.test')", "true"),
        ("localHostOrDomainIs('www.b.test', 'www.a.test')", "false"),
        ("localHostOrDomainIs('home', 'www.a.test')", "false"),
        ("isResolvable('127.0.0.1')", "true"),
        ("isResolvable('no such host')", "false"),
        ("dnsResolve('127.0.0.1')", "127.0.0.1"),
        ("dnsResolve('no such host')", "null"),
        ("dnsDomainLevels('www')", "0"),
        ("dnsDomainLevels('www.a.test')", "2"),
        ("isInNet('198.51.100.7', '198.51.100.0', '255.255.255.0')", "true"),
        ("isInNet('198.51.101.7', '198.51.100.0', '255.255.255.0')", "false"),
        ("isInNet('255.0.0.1', '255.0.0.0', '255.0.0.0')", "true"),
        ("isInNet('no such host', '0.0.0.0', '0.0.0.0')", "false"),
        ("convert_addr('1.2.3.4')", "16909060"),
        ("shExpMatch('http://home.a.test/people/index.html', '*/people/*')", "true"),
        ("shExpMatch('http://home.a.test/people/', '*/list/*')", "false"),
        ("shExpMatch('abc', 'a?c')", "true"),
        ("shExpMatch('abc', 'b*')", "false"),
        ("shExpMatch('a.c', 'a.c')", "true"),
        ("shExpMatch('abc', 'a.c')", "false"),
        ("weekdayRange('SUN', 'SAT')", "true"),
        ("weekdayRange('SAT', 'FRI', 'GMT')", "true"),
        ("weekdayRange('NOD')", "false"),
        ("dateRange(1, 31)", "true"),
        ("dateRange('JAN', 'DEC', 'GMT')", "true"),
        ("dateRange(1, 'JAN', 2020, 31, 'DEC', 2199)", "true"),
        ("dateRange(2020)", "false"),
        (
            "dateRange(new Date().getDate(), ['JAN','FEB','MAR','APR','MAY','JUN','JUL','AUG','SEP','OCT','NOV','DEC'][new Date().getMonth()], 1, 'FEB')",
            "true",
        ),
        ("timeRange(0, 24)", "true"),
        ("timeRange(0, 0, 0, 23, 59, 59, 'GMT')", "true"),
        ("timeRange(new Date().getUTCHours(), 'GMT')", "true"),
        ("/^[0-9.]+$/.test(myIpAddress())", "true"),
        ("alert('hello')", "undefined"),
    ] {
        assert_eq!(answer(&format!("return String({call});")), expected, "{call}");
    }
}

#[test]
fn scripts_run_as_browsers_run_them_without_declaring_their_variables_and_with_functions_of_their_own() {
    assert_eq!(answer("undeclared = 'PROXY p.test:1'; return undeclared;"), "PROXY p.test:1");
    assert_eq!(answer("var mode = 0644; return String(mode);"), "420");
    let whole = |script: &str| {
        let output = run(format!("https://a.test/\na.test\n{script}").as_bytes());
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    for name in ["timeRange", "weekdayRange", "dateRange", "isInNet", "dnsResolve", "myIpAddress", "alert"] {
        for declared in [
            format!("function {name}() {{ return 'own'; }}"),
            format!("var {name} = function () {{ return 'own'; }};"),
            format!("const {name} = () => 'own';"),
            format!("{name} = () => 'own';"),
        ] {
            let script = format!("{declared}\nfunction FindProxyForURL() {{ return {name}(); }}");
            assert_eq!(whole(&script), "own", "{declared}");
        }
    }
}

#[test]
fn a_script_is_utf_8_or_else_latin_1_and_may_begin_with_a_byte_order_mark() {
    for (before, name) in [
        (&b""[..], &b"B\xc3\xbcro"[..]),
        (b"", b"B\xfcro"),
        (b"\xef\xbb\xbf", b"B\xc3\xbcro"),
        (b"// \x80\xff\n", b"B\xfcro"),
    ] {
        let script = [before, b"function FindProxyForURL() { return '", name, b"'; }"].concat();
        let output = run(&[b"https://a.test/\na.test\n", &script[..]].concat());
        assert!(output.status.success(), "{script:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), "B\u{fc}ro", "{script:?}");
    }
    assert_eq!(run(b"https://\xfc.test/\na.test\nfunction").status.code(), Some(2));
}

#[test]
fn where_it_may_ask_for_no_names_it_knows_addresses_only() {
    for (call, expected) in [
        ("dnsResolve('localhost')", "null"),
        ("isResolvable('localhost')", "false"),
        ("isInNet('localhost', '127.0.0.0', '255.0.0.0')", "false"),
        ("dnsResolve('127.0.0.1')", "127.0.0.1"),
        ("isInNet('198.51.100.7', '198.51.100.0', '255.255.255.0')", "true"),
    ] {
        let script =
            format!("https://a.test/\na.test\nfunction FindProxyForURL() {{ return String({call}); }}");
        let output = run_with(&["--without-names"], script.as_bytes());
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), expected, "{call}");
    }
    assert_eq!(answer("return String(dnsResolve('localhost'));"), "127.0.0.1");
    assert_eq!(run_with(&["--with-names"], b"").status.code(), Some(2));
}

#[test]
fn a_script_that_wants_more_than_it_may_have_is_ended() {
    for greedy in [
        "while (true) {}",
        "let a = []; while (true) a.push('x'.repeat(1e6) + a.length);",
        "return 'x'.repeat(1e9);",
        "return /(x+x+)+y/.test('x'.repeat(60)) ? 'a' : 'b';",
        "try { while (true) {} } catch (e) {} while (true) {}",
    ] {
        let output = script(greedy);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        // By the engine, or where it cannot by the system: a signal has no code.
        assert!(matches!(output.status.code(), Some(4) | None), "{greedy}: {:?} {told}", output.status);
        assert!(output.stdout.is_empty());
    }
    // The engine sees no clock in the middle of one step, and the system would end it without a word.
    let one_step = script("return 'a'.repeat(8e6).indexOf('a'.repeat(4e6) + 'b');");
    assert_eq!(one_step.status.code(), Some(4), "{:?}", one_step.status);
    let told = String::from_utf8_lossy(&one_step.stderr).into_owned();
    assert_eq!(told, "the script needs more time or memory than it may have\n");
}

#[test]
fn the_answer_and_a_complaint_may_go_into_files_that_have_something_in_them() {
    let folder = tempfile::tempdir().unwrap();
    for (body, in_out, in_err) in [
        ("return 'PROXY p.test:1'", "PROXY p.test:1\n", ""),
        ("throw new Error('no')", "", "the script fails: no"),
    ] {
        let files = ["out", "err"].map(|name| {
            let path = folder.path().join(name);
            std::fs::write(&path, "x".repeat(100_000)).unwrap();
            path
        });
        let [out, err] =
            files.each_ref().map(|path| std::fs::File::options().append(true).open(path).unwrap());
        let mut child = Command::new(env!("CARGO_BIN_EXE_remote-services-pac"))
            .stdin(Stdio::piped())
            .stdout(out)
            .stderr(err)
            .spawn()
            .unwrap();
        let script = format!("https://a.test/\na.test\nfunction FindProxyForURL() {{ {body} }}");
        child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let status = child.wait().unwrap();
        let [out, err] = files.map(|path| std::fs::read_to_string(path).unwrap().split_off(100_000));
        assert!(status.code().is_some(), "{status}");
        assert_eq!(out, in_out);
        assert!(err.starts_with(in_err) && err.is_empty() == in_err.is_empty(), "{err}");
    }
}

#[test]
fn a_script_that_fails_is_told_and_one_that_recurses_too() {
    for (body, why) in [
        ("return missing;", "the script fails: missing is not defined (line 1)\n"),
        ("\n\nreturn url.\nmissing();", "not a function (line 4)\n"),
        ("}", "(line 1)\n"),
        ("throw new Error('no\\n\\u0007yes');", "the script fails: noyes (line 1)\n"),
        ("throw 'no\\nyes';", "the script fails: it throws noyes\n"),
        ("throw 7;", "the script fails: it throws what is no error\n"),
        ("return 7;", ""),
        ("const f = () => f() + 1; return f();", ""),
    ] {
        let output = script(body);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{body}: {told}");
        assert!(told.contains(why), "{told}");
    }
    let none = run(b"https://a.test/\na.test\nvar x = 1;");
    assert_eq!(none.status.code(), Some(3));
    for wrong in [&b"https://a.test/"[..], b"", b"a\n\xFF\nb"] {
        assert_eq!(run(wrong).status.code(), Some(2));
    }
}

#[test]
fn a_script_sees_no_file_no_network_and_no_other_program() {
    for name in
        ["require", "fetch", "XMLHttpRequest", "std", "os", "process", "Deno", "WebSocket", "load", "print"]
    {
        assert_eq!(answer(&format!("return typeof {name};")), "undefined", "{name}");
    }
    let output = script("return import('os');");
    assert_ne!(output.status.code(), Some(0));
}

#[test]
fn the_help_has_an_example_and_the_exit_codes() {
    let ask = |word: &str| {
        Command::new(env!("CARGO_BIN_EXE_remote-services-pac"))
            .arg(word)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let (help, wrong) = (ask("--help"), ask("--unknown"));
    assert_eq!((help.status.code(), wrong.status.code()), (Some(0), Some(2)));
    assert!(help.stderr.is_empty() && wrong.stdout.is_empty());
    assert_eq!(help.stdout, wrong.stderr);
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(text.contains("\nExamples:\n  printf 'https://a.test/\\na.test\\n%s'"), "{text}");
    assert!(text.contains("\nExit codes:\n  0 done   2 "), "{text}");
}
